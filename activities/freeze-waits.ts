/** What a freeze waited for in vain, and how each of it is brought to its end. Pure. */
import { formatDuration } from '../contract/duration.ts';
import { listed } from '../contract/listed.ts';
import type { HangingTransaction } from '../kafka/hanging-transactions.ts';
import type { OpenTransaction } from '../kafka/transactions.ts';
import type { Colour } from './dependencies.ts';
import { Refused } from './step.ts';

export interface FreezeWaits {
  readonly colour: Colour;
  readonly bootstrap: string;
  readonly waiting: readonly { readonly topic: string; readonly why: string }[];
  /** Those that a coordinator still has in hand. */
  readonly transactions: readonly OpenTransaction[];
  /** Those that none has: only these may be aborted by hand, for one that is prepared was promised to its writer. */
  readonly hanging: readonly HangingTransaction[];
  readonly afterMs: number;
}

const THEN: Readonly<Record<Colour, string>> = {
  blue: 'Then resume; or waive a topic whose records may die with blue, or roll back.',
  green: 'Then resume, and the rollback goes on; library producers hold meanwhile.',
};

export function freezeWaits(o: FreezeWaits): Refused {
  const topics = listed(
    o.waiting.map(({ topic, why }) => `${topic} (${why})`),
    3,
  );
  const open = listed(
    o.transactions.map(t => `${t.transactionalId} (${t.state})`),
    3,
  );
  const aborts = o.hanging.map(
    ({ topic, partition, startOffset }) =>
      `kafka-transactions.sh --bootstrap-server ${o.bootstrap} abort --topic ${topic} --partition ${partition} --start-offset ${startOffset}`,
  );
  const remedies = [
    `See that every broker of ${o.colour} runs, and bring back those that do not.`,
    ...(open === '' ? [] : [`Transactions are open: ${open}. Stop their producers; their coordinators end them.`]),
    ...(aborts.length === 0 ? [] : [`Transactions hang that no coordinator knows; abort them: ${listed(aborts, 2)}.`]),
    THEN[o.colour],
  ];
  return new Refused(
    'FreezeWaits',
    `The topics of ${o.colour} are fenced, but not all were frozen within ${formatDuration(o.afterMs)}: ${topics}. ${remedies.join(' ')}`,
  );
}
