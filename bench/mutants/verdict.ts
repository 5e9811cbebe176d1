/** What the reporter's lines of a test run say about a mutant. Pure. */

/** One line of setup/reporter.mjs about a test that ended. */
export interface TestEnded {
  readonly kind: 'passed' | 'failed';
  readonly title: string;
  /** Absolute. */
  readonly file: string;
  readonly suite: boolean;
  /** Why it did not run, or nothing. */
  readonly without: string;
  readonly error: string;
}

/** How a run of tests ended by itself, or was ended. */
export type RunEnd = 'passed' | 'failed' | 'out of time';

export type Verdict =
  | { readonly kind: 'killed'; readonly by: string; readonly in: string }
  | { readonly kind: 'survived'; readonly why: string };

/** A test that could not even begin: a hook failed, or its file could not be loaded. */
const NEVER_RAN = /did not finish before its parent and was cancelled/;

/** The line's test, or null where it tells of something else. */
export function readLine(line: string): TestEnded | null {
  try {
    const event = JSON.parse(line) as TestEnded | { readonly kind: string };
    return 'title' in event ? event : null;
  } catch {
    return null;
  }
}

/** Whether this is a test that ran and failed: a suite, a file, or a test that never began shows nothing. */
export function caught({ kind, title, file, suite, error }: TestEnded): boolean {
  return kind === 'failed' && !suite && !file.endsWith(title) && !NEVER_RAN.test(error);
}

/** What the tests say of the mutant; `inProject` makes a file's path one from the root. */
export function verdictOf(ended: readonly TestEnded[], end: RunEnd, inProject: (file: string) => string): Verdict {
  const by = ended.find(caught);
  if (by !== undefined) return { kind: 'killed', by: by.title, in: inProject(by.file) };
  if (end === 'passed') return { kind: 'survived', why: 'every test passed' };
  if (end === 'out of time') return { kind: 'survived', why: 'the tests hung, and no test said why' };
  const broken = ended.find(event => event.kind === 'failed');
  return { kind: 'survived', why: `no test ran to its failure${broken === undefined ? '' : `: ${firstLine(broken)}`}` };
}

/** Why these tests cannot judge anything on the code as it is; null when they can. */
export function unfit(ended: readonly TestEnded[], end: RunEnd): string | null {
  const failed = ended.find(event => event.kind === 'failed');
  if (failed !== undefined) return `"${failed.title}" fails on the code as it is: ${firstLine(failed)}`;
  if (end !== 'passed') return end === 'failed' ? 'the run failed without a failed test' : 'the tests hung';
  const ran = ended.filter(event => !event.suite && event.without === '');
  return ran.length === 0 ? 'no test of that title ran' : null;
}

function firstLine({ error }: TestEnded): string {
  return error.split('\n')[0]?.slice(0, 200) ?? '';
}
