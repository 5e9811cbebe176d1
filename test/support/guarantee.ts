/**
 * Tests that hold a promise under a fault. `npm run soak` collects them into docs/guarantees.md: promise, fault, the test's
 * title and its result.
 */
import { type TestContext, test } from 'node:test';

/** What a deployment promises, in the words of README. */
export const promises = {
  nothingLost: 'No acknowledged record is lost; none is doubled or reordered for library clients',
  undone: 'Before the flip everything can be undone',
  holds: 'From the flip on nothing moves by itself: in doubt the run holds, says why, and goes on from there',
  returns: 'A rollback brings the traffic back and counts what stays on green',
  deletion: 'Blue is deleted only by proof and by an approval of its own',
  once: 'An effect whose answer is lost happens once',
  refused: 'What cannot work is refused whole, with every problem and its remedy, and nothing is created',
  messages: 'A message counts only for what is open, and none can break a run',
  bounded: 'History, queries and heartbeats stay within their bounds',
} as const;

export interface Guarantee {
  readonly promise: keyof typeof promises;
  /** What goes wrong, in a few words. */
  readonly fault: string;
}

/** The prefix of the diagnostic by which a runner of tests knows a guarantee. */
export const GUARANTEE_MARK = 'guarantee:';

/** A test whose title, promise and fault belong into the table of guarantees. */
export function guarantee(
  { promise, fault }: Guarantee,
  title: string,
  body: (context: TestContext) => void | Promise<void>,
): void {
  void test(title, context => {
    context.diagnostic(`${GUARANTEE_MARK}${JSON.stringify({ promise: promises[promise], fault, title })}`);
    return body(context);
  });
}
