/**
 * Tests that hold a promise under a fault. `npm run soak` collects them into docs/guarantees.md: promise, fault, the test's
 * title and its result.
 */
import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { TestContext } from 'node:test';
import { type Held, RECORD_VARIABLE } from '../../bench/promises.ts';
import { projectRoot } from '../../local/project-root.ts';
import { seed } from './seed.ts';

type Body = (context: TestContext) => void | Promise<void>;

/**
 * What `test()` takes, for a test whose title, promise and fault belong into the table of guarantees:
 * `test(...guarantee({ promise, fault }, title, body))`. The test itself is declared where it stands, so that runners name its place.
 */
export function guarantee(
  declared: Pick<Held, 'promise' | 'fault'>,
  title: string,
  body: Body,
): [title: string, body: (context: TestContext) => Promise<void>] {
  const recorded = async (context: TestContext) => {
    const startedAt = performance.now();
    let passed = false;
    try {
      await body(context);
      passed = true;
    } finally {
      record({
        file: relative(projectRoot(), context.filePath ?? ''),
        title,
        ...declared,
        passed,
        seconds: (performance.now() - startedAt) / 1_000,
        seed,
        on: new Date().toISOString().slice(0, 10),
      });
    }
  };
  return [title, recorded];
}

function record(held: Held): void {
  const file = process.env[RECORD_VARIABLE];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(held)}\n`);
}
