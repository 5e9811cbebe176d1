/** What a deployment promises, in the words of README: the headings of docs/guarantees.md. */
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

export type PromiseName = keyof typeof promises;

/** The diagnostic by which a test tells its runner which promise it holds, under which fault: the mark and then JSON. */
export const GUARANTEE_MARK = 'guarantee:';

export interface Guarantee {
  readonly promise: PromiseName;
  /** What goes wrong, in a few words. */
  readonly fault: string;
  readonly title: string;
}

/** Null for a diagnostic of another kind. */
export function readGuarantee(diagnostic: string): Guarantee | null {
  return diagnostic.startsWith(GUARANTEE_MARK)
    ? (JSON.parse(diagnostic.slice(GUARANTEE_MARK.length)) as Guarantee)
    : null;
}
