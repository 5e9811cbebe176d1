/** The kafka-bluegreen command as its users run it: the built program, in a process of its own, in the local stack's environment. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { projectRoot } from '../../local/project-root.ts';
import type { LocalStack } from '../../local/stack.ts';

const PROGRAM = join(projectRoot(), 'dist/client/main.js');
const WITHIN_MS = 300_000;

export interface Ran {
  readonly code: number | null;
  /** Standard output and standard error. */
  readonly out: string;
  readonly err: string;
}

/** Runs one command line in the stack's folder. Of AWS and evidence it is given nothing: it has to do with Temporal alone. */
export function kafkaBluegreen(local: LocalStack, ...args: readonly string[]): Promise<Ran> {
  return kafkaBluegreenReading(local, '', ...args);
}

/** The same with this on standard input. */
export async function kafkaBluegreenReading(
  local: LocalStack,
  input: string,
  ...args: readonly string[]
): Promise<Ran> {
  const environment = Object.fromEntries(
    Object.entries(local.environment).filter(
      ([name]) => !name.startsWith('AWS_') && name !== 'KAFKA_BLUEGREEN_EVIDENCE',
    ),
  );
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: local.directory,
    env: environment,
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: WITHIN_MS,
  });
  // Most commands end without reading it.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code, out, err };
}
