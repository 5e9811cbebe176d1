/** Suites whose tests tell one story, each going on from where the one before it left the run. */
import { afterEach, beforeEach } from 'node:test';

/** Called inside `describe`: once a test has failed, those after it say so at once instead of waiting for what cannot come. */
export function asOneStory(): void {
  let failed: string | null = null;
  beforeEach(() => {
    if (failed !== null) throw new Error(`Not tried, because the test before it failed: ${failed}`);
  });
  afterEach(context => {
    if ('passed' in context && !context.passed) failed ??= context.name;
  });
}
