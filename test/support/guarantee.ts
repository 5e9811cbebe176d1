/**
 * Tests that hold a promise under a fault. `npm run soak` collects them into docs/guarantees.md: promise, fault, the test's
 * title and its result.
 */
import { type TestContext, test } from 'node:test';
import { GUARANTEE_MARK, type Guarantee } from '../../bench/promises.ts';

/** A test whose title, promise and fault belong into the table of guarantees. */
export function guarantee(
  { promise, fault }: Omit<Guarantee, 'title'>,
  title: string,
  body: (context: TestContext) => void | Promise<void>,
): void {
  void test(title, context => {
    context.diagnostic(`${GUARANTEE_MARK}${JSON.stringify({ promise, fault, title } satisfies Guarantee)}`);
    return body(context);
  });
}
