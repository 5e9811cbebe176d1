/** A story of the demo: what is asked for, what an operator does when, and how it must end. */
import type { Message } from '../../contract/messages.ts';
import type { Status } from '../../contract/status.ts';
import type { Journal } from '../auditor/journal.ts';
import type { DemoRequest } from '../request.ts';
import type { Fleet } from '../traffic/fleet.ts';
import type { ScenarioName } from './scenario-name.ts';

/** The operator of the demo. */
export const OPERATOR = 'grace';

/**
 * `deployed`: green serves, blue is gone. `undone`: as if nothing had been begun. `returned`: blue serves again, and green keeps
 * what it was given.
 */
export type Ending = 'deployed' | 'undone' | 'returned';

/** What an operator has at hand. */
export interface Scene {
  readonly say: (line: string) => void;
  /** Sends to the run, and shows the command and the answer. */
  readonly send: (message: Message) => Promise<void>;
  readonly fleet: Pick<Fleet, 'restart' | 'stopGroup' | 'startGroup'>;
  readonly journal: Pick<Journal, 'heldBy'>;
  /** Returns when the auditor has read all of blue and Kafka's own tools agree that it may go; throws where they do not. */
  readonly lookBeforeDeletion: () => Promise<void>;
}

/** Looks at the run and does what is to be done now; called again and again, never twice at once. */
export type Play = (status: Status) => Promise<void>;

export interface Scenario {
  readonly name: ScenarioName;
  /** What will be shown, in one sentence. */
  readonly story: string;
  readonly ending: Ending;
  readonly request: DemoRequest;
  readonly begin: (scene: Scene) => Play;
}
