/**
 * Tests that hold a promise under a fault. `npm run soak` collects them into docs/guarantees.md: promise, fault, the test's
 * title and its result. A row says `passed` only when the test and every subtest of it did; one that was declared and never
 * came to its end is known too, so that no row is lost to a crash, to a hang or to what failed before it.
 */
import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { TestContext } from 'node:test';
import { type Declared, RECORD_VARIABLE, type Recorded } from '../../bench/promises.ts';
import { projectRoot } from '../../local/project-root.ts';
import { seed } from './seed.ts';

type Body = (context: TestContext) => void | Promise<void>;

/**
 * What `test()` takes, for a test whose title, promise and fault belong into the table of guarantees:
 * `test(...guarantee({ promise, fault }, title, body))`. The test itself is declared where it stands, so that runners name its place.
 */
export function guarantee(
  declared: Pick<Declared, 'promise' | 'fault'>,
  title: string,
  body: Body,
): [title: string, body: (context: TestContext) => Promise<void>] {
  const row = { title, ...declared, seed, on: new Date().toISOString().slice(0, 10) };
  // node:test runs each file in a process of its own, whose program it is.
  record({ kind: 'declared', row: { ...row, file: fromRoot(process.argv[1]) } });
  const recorded = async (context: TestContext) => {
    const startedAt = performance.now();
    const unfinished = new Set<string>();
    watchSubtests(context, unfinished);
    let passed = false;
    try {
      await body(context);
      if (unfinished.size > 0) throw new Error(`Subtests that did not pass: ${[...unfinished].join(', ')}`);
      // Aborted: it was cancelled, or took longer than it may, and has failed already.
      passed = !context.signal.aborted;
    } finally {
      const seconds = (performance.now() - startedAt) / 1_000;
      record({ kind: 'ended', row: { ...row, file: fromRoot(context.filePath), passed, seconds } });
    }
  };
  return [title, recorded];
}

/** Keeps the names of the subtests that did not pass: node:test goes on after one that failed, and its promise says nothing of it. */
function watchSubtests(context: TestContext, unfinished: Set<string>): void {
  const declare = context.test.bind(context);
  const watched = (name: string, body: Body) => {
    unfinished.add(name);
    return declare(name, async inner => {
      const within = new Set<string>();
      watchSubtests(inner, within);
      await body(inner);
      if (within.size === 0) unfinished.delete(name);
    });
  };
  Object.assign(context, { test: watched });
}

const fromRoot = (file: string | undefined) => relative(projectRoot(), file ?? '');

function record(line: Recorded): void {
  const file = process.env[RECORD_VARIABLE];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(line)}\n`);
}
