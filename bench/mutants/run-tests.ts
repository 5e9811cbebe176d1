/** Runs test files of a copy, up to the first test that fails: whatever they started ends with them. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { newRunId, RUN_VARIABLE, startGuard } from '../../local/guard.ts';
import { RECORD_VARIABLE } from '../promises.ts';
import type { Copy } from './copy.ts';
import { caught, type RunEnd, readLine, type TestEnded } from './verdict.ts';

export interface TestSet {
  readonly tests: readonly string[];
  readonly titles?: string;
}

export interface TestRun {
  readonly ended: readonly TestEnded[];
  readonly end: RunEnd;
  readonly seconds: number;
}

/** Tests that take longer than this hang: ten times what they take on a machine that does other things as well. */
const MOST_MS = { unit: 5 * 60_000, server: 10 * 60_000 };

/** `signal` ends the run; it then counts as out of time. */
export async function runTests(
  copy: Copy,
  { tests, titles }: TestSet,
  kind: keyof typeof MOST_MS,
  signal: AbortSignal,
): Promise<TestRun> {
  const startedAt = performance.now();
  const guard = startGuard(newRunId(process.env[RUN_VARIABLE]));
  const { NODE_TEST_CONTEXT: _, [RECORD_VARIABLE]: _recorded, ...environment } = process.env;
  const child = spawn(
    process.execPath,
    [
      '--test',
      '--test-reporter=./setup/reporter.mjs',
      '--test-reporter-destination=stdout',
      ...(titles === undefined ? [] : [`--test-name-pattern=${titles}`]),
      ...tests,
    ],
    {
      cwd: copy.root,
      env: { ...environment, TMPDIR: copy.temporary, [RUN_VARIABLE]: guard.runId },
      stdio: ['ignore', 'pipe', 'ignore'],
      // Ctrl-C reaches it through us.
      detached: true,
    },
  );
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('exit', code => resolve(code ?? 1));
  });
  exited.catch(() => {}); // Told where it is awaited.
  const over = AbortSignal.any([signal, AbortSignal.timeout(MOST_MS[kind])]);
  const stop = () => void guard.end();
  over.addEventListener('abort', stop);
  if (over.aborted) stop();
  try {
    const ended: TestEnded[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      const test = readLine(line);
      if (test === null) continue;
      ended.push(test);
      if (caught(test)) break;
    }
    if (ended.some(caught)) stop();
    const code = await exited;
    const end = over.aborted ? 'out of time' : code === 0 ? 'passed' : 'failed';
    return { ended, end, seconds: (performance.now() - startedAt) / 1_000 };
  } finally {
    over.removeEventListener('abort', stop);
    await guard.end();
  }
}
