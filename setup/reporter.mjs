// @ts-check
// node:test's events as JSON lines, for testing.mjs: every test that ended, and the counts at the end.
/** @param {AsyncIterable<import('node:test/reporters').TestEvent>} events */
export default async function* reporter(events) {
  for await (const { type, data } of events) {
    if (type === 'test:pass' || type === 'test:fail') {
      yield line({
        kind: type === 'test:pass' ? 'passed' : 'failed',
        title: data.name,
        file: data.file ?? '',
        line: data.line ?? 0,
        ms: data.details.duration_ms,
        suite: data.details.type === 'suite',
        without: reasonToSkip(data),
        error: type === 'test:fail' ? describe(data.details.error) : '',
      });
    } else if (type === 'test:stderr' || type === 'test:stdout') {
      yield line({ kind: 'output', text: data.message });
    } else if (type === 'test:summary' && data.file === undefined) {
      yield line({ kind: 'summary', counts: data.counts });
    }
  }
}

/** @param {object} value */
const line = value => `${JSON.stringify(value)}\n`;

/** @param {{ skip?: string | boolean, todo?: string | boolean }} test @returns {'skipped' | 'todo' | ''} */
function reasonToSkip({ skip, todo }) {
  if (skip !== undefined && skip !== false) return 'skipped';
  return todo !== undefined && todo !== false ? 'todo' : '';
}

/** The error that the test threw, without node:test's wrapping. @param {unknown} error */
function describe(error) {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(inner instanceof Error)) return String(inner instanceof Object && 'cause' in inner ? inner.cause : inner);
  return inner.stack ?? inner.message;
}
