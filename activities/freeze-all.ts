/**
 * All topics of a cluster, fenced and frozen. What does not come to an end is told while it is waited for, and holds after a
 * deadline, for a fence costs every writer that it meets.
 */
import { activityInfo } from '@temporalio/activity';
import type { FrozenEnds } from '../contract/frozen.ts';
import type { Cluster } from '../kafka/cluster.ts';
import { type FreezeOptions, freezeTopics } from '../kafka/freeze.ts';
import { hangingTransactions } from '../kafka/hanging-transactions.ts';
import type { Originals } from '../kafka/originals.ts';
import { firstBegun } from './begun.ts';
import type { Colour, Dependencies } from './dependencies.ts';
import { freezeWaits } from './freeze-waits.ts';
import type { Pace } from './step.ts';
import { done } from './topic-configs.ts';

/** One call of the freeze waits this long; between calls the step looks whether it was cancelled. */
const PER_CALL_MS = 20_000;
/** Longer than a transaction may be open by the brokers' default (transaction.max.timeout.ms, 15 minutes): what waits then needs a person. */
const DEADLINE_MS = 20 * 60_000;

export interface ToFreeze {
  readonly cluster: Cluster;
  readonly colour: Colour;
  readonly topics: readonly string[];
  /** Topics of them whose records nobody has to read: fenced too, but what one of them waits for after one call is not waited for. */
  readonly waived: ReadonlySet<string>;
  readonly originals: Originals;
  readonly seenBy?: FreezeOptions['seenBy'];
}

export interface AllFrozen {
  readonly frozen: FrozenEnds;
  /** Replicas that were not seen at their leader's end, where leaders are enough. */
  readonly unseen: readonly string[];
}

/** Tries until every topic is frozen; a topic that carries somebody else's value holds. */
export async function freezeAll(deps: Dependencies, toFreeze: ToFreeze, pace: Pace): Promise<AllFrozen> {
  const { cluster, colour, topics, waived, originals, seenBy = 'every-replica' } = toFreeze;
  const begun = firstBegun();
  pace.carry({ begun });
  const left = new Set(topics);
  let told = false;
  const clear = async () => {
    // What an earlier attempt told is still shown.
    if (told || activityInfo().attempt > 1) await deps.tell({ kind: 'clear', what: 'not-frozen' });
  };
  for (;;) {
    pace.signal.throwIfAborted();
    const withinMs = Math.max(0, Math.min(PER_CALL_MS, begun + DEADLINE_MS - Date.now()));
    const result = await freezeTopics(cluster, [...left], originals, { ...pace, withinMs, seenBy });
    if (result.kind === 'held') {
      done(result, colour);
      continue;
    }
    if (result.kind === 'frozen') {
      await clear();
      const unfrozen = topics.filter(topic => !left.has(topic));
      const frozen = unfrozen.length === 0 ? result.frozen : { ...result.frozen, unfrozen };
      return { frozen, unseen: result.unseen };
    }
    const { waiting, transactions } = result;
    pace.progress({ phase: 'freeze', waiting: waiting.slice(0, 5), transactions: transactions.length });
    const excused = waiting.filter(({ topic }) => waived.has(topic));
    for (const { topic } of excused) left.delete(topic);
    if (excused.length > 0) continue;
    if (Date.now() >= begun + DEADLINE_MS) {
      await clear();
      const hanging = await hangingTransactions(cluster, [...left], pace.signal).catch(() => []);
      pace.signal.throwIfAborted();
      throw freezeWaits({ colour, bootstrap: cluster.bootstrap, waiting, transactions, hanging, afterMs: DEADLINE_MS });
    }
    if (!told) await deps.tell({ kind: 'not-frozen', cluster: colour, topics: waiting.slice(0, 10) });
    told = true;
  }
}
