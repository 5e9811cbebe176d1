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
  upgrades: 'A run under way goes on when its worker is replaced',
} as const;

export type PromiseName = keyof typeof promises;

/** A test that holds a promise, as its file declared it in a run. */
export interface Declared {
  /** From the project's root. */
  readonly file: string;
  readonly title: string;
  readonly promise: PromiseName;
  /** What goes wrong, in a few words. */
  readonly fault: string;
  readonly seed: number;
  /** Day of the run, ISO 8601. */
  readonly on: string;
}

/** How the last run of a test that holds a promise ended. */
export interface Held extends Declared {
  readonly passed: boolean;
  readonly seconds: number;
}

/** What tests that hold a promise say while they run: first that they are there, at their end how they ended. */
export type Recorded =
  | { readonly kind: 'declared'; readonly row: Declared }
  | { readonly kind: 'ended'; readonly row: Held };

/** Names the file to which every test that holds a promise appends what it says: one `Recorded` a line, as JSON. */
export const RECORD_VARIABLE = 'KAFKA_BLUEGREEN_GUARANTEES';
/** Names the seed of a run. */
export const SEED_VARIABLE = 'KAFKA_BLUEGREEN_SEED';
