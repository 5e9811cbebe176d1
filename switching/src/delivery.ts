/**
 * Brings one batch to an end on one cluster. A batch that may have been stored is sent again under its own sequence, or looked
 * for on its leader, until its fate is known; only then may it, or anything after it, go elsewhere. Under the fence the size is
 * checked before the duplicate, so there the leader is asked what it holds (DescribeProducers).
 */
import type { Batch } from './accumulator.ts';
import { asError, evidenceOf } from './errors.ts';
import type { Lane } from './lane.ts';
import { NotSent } from './not-sent.ts';
import type { StoredBatch } from './produce-request.ts';
import type { WireRecord } from './record-batch.ts';

/** Set as a topic's `max.message.bytes` while a deployment lets only transaction markers, or nothing at all, through. */
const FENCE_BYTES = 78;
/** Of a batch that is estimated to be small enough, by a topic that is not fenced. */
const MOST_ORDINARY_REFUSALS = 3;
const SEQUENCES = 2 ** 31;
const UNKNOWN_OFFSET = '-1';

export type Outcome =
  /** `resolved`: its fate was unknown in between. */
  | { readonly kind: 'stored'; readonly batch: StoredBatch; readonly resolved: boolean }
  /** Not stored on this lane; still to be delivered. */
  | { readonly kind: 'refused'; readonly resolved: boolean }
  /** Not stored: too large a batch, but its records may do one by one. */
  | { readonly kind: 'too-large' }
  /** Not stored because of some of its records; the others may do without them. */
  | { readonly kind: 'spoiled' }
  /** Not stored; the lane's producer id is of no more use. */
  | { readonly kind: 'identity-spent'; readonly resolved: boolean }
  /** May be stored on this lane, which nobody can tell any more; still to be delivered. */
  | { readonly kind: 'unknowable' }
  /** Nothing is to be tried any more. */
  | { readonly kind: 'given-up'; readonly inDoubt: boolean }
  | { readonly kind: 'failed'; readonly error: Error };

/** Where a batch is on its way: only `at-risk` can it be stored already, or be stored yet. */
export type Stage = 'waiting' | 'at-risk' | 'fenced';

/** What a delivery needs of the cluster it goes to. */
export type Destination = Pick<Lane, 'produce' | 'sightOf' | 'maxMessageBytes' | 'forgetLeaders'>;

export interface Surroundings {
  /** Whether what is known not to be stored may still go to this lane. */
  readonly wanted: () => boolean;
  /** Told of every change; `waiting` in the beginning. */
  readonly reached: (stage: Stage) => void;
  /** Whether this lane's cluster is to be taken for gone if it does not tell the fate of the batch now. */
  readonly gone: () => Promise<boolean>;
  /** The topic is fenced: returns after the next look at the signpost. */
  readonly fenced: () => Promise<void>;
  /** Before the next attempt, counted from 1; ends early when giving up. */
  readonly pause: (attempt: number) => Promise<void>;
  /** Aborted when nothing is to be tried any more. */
  readonly givingUp: AbortSignal;
}

export async function deliver(
  batch: Batch<WireRecord>,
  lane: Destination,
  { wanted, reached, gone, fenced, pause, givingUp }: Surroundings,
): Promise<Outcome> {
  let inDoubt = false;
  let resolved = false;
  let ordinaryRefusals = 0;
  const stored = (answer: StoredBatch): Outcome => ({ kind: 'stored', batch: answer, resolved: inDoubt });
  const mayLeave = (): boolean => {
    if (givingUp.aborted || (!inDoubt && !wanted())) return false;
    reached('at-risk');
    return true;
  };
  for (let attempt = 1; ; attempt += 1) {
    if (givingUp.aborted) return { kind: 'given-up', inDoubt };
    if (!inDoubt && !wanted()) return { kind: 'refused', resolved };
    const lastChance = inDoubt && (await gone());
    try {
      return stored(await lane.produce(batch, mayLeave));
    } catch (error) {
      const evidence = error instanceof NotSent ? ({ kind: 'refused-for-now' } as const) : evidenceOf(error);
      if (evidence.kind === 'stored') return stored({ baseOffset: UNKNOWN_OFFSET });
      if (evidence.kind === 'unknown') inDoubt = true;
      if (evidence.kind === 'unknown' || evidence.kind === 'refused-for-now') {
        if (lastChance) return { kind: 'unknowable' };
        if (!inDoubt) reached('waiting');
        lane.forgetLeaders(batch.topic);
        await pause(attempt);
        continue;
      }
      if (inDoubt) {
        const found = await lookFor(batch, lane);
        if (found === 'stored') return stored({ baseOffset: UNKNOWN_OFFSET });
        if (found === 'unknown') {
          if (lastChance) return { kind: 'unknowable' };
          await pause(attempt);
          continue;
        }
        inDoubt = false;
        resolved = true;
      }
      reached('waiting');
      if (evidence.kind === 'identity-spent') return { kind: 'identity-spent', resolved };
      if (evidence.kind === 'spoiled' && batch.entries.length > 1) return { kind: 'spoiled' };
      if (evidence.kind === 'refused' || evidence.kind === 'spoiled') return { kind: 'failed', error: asError(error) };
      const limit = await sizeLimit(batch, lane);
      if (limit === 'unknown') await pause(attempt);
      else if (limit <= FENCE_BYTES) {
        reached('fenced');
        if (wanted()) await fenced();
      } else if (batch.bytes > limit || (ordinaryRefusals += 1) > MOST_ORDINARY_REFUSALS) {
        return batch.entries.length > 1 ? { kind: 'too-large' } : { kind: 'failed', error: asError(error) };
      } else await pause(attempt); // The fence was lifted between the answer and the question.
    }
  }
}

async function lookFor(batch: Batch<unknown>, lane: Destination): Promise<'stored' | 'missing' | 'unknown'> {
  try {
    const { lastSequence, replicated } = await lane.sightOf(batch.topic, batch.partition);
    if (lastSequence === 'none' || !reaches(lastSequence, batch)) return 'missing';
    return replicated ? 'stored' : 'unknown';
  } catch {
    lane.forgetLeaders(batch.topic);
    return 'unknown';
  }
}

async function sizeLimit({ topic, partition }: Batch<unknown>, lane: Destination): Promise<number | 'unknown'> {
  try {
    return await lane.maxMessageBytes(topic, partition);
  } catch {
    lane.forgetLeaders(topic);
    return 'unknown';
  }
}

/** Sequences go round at 2^31. */
function reaches(lastSequence: number, batch: Batch<unknown>): boolean {
  const own = (batch.firstSequence + batch.entries.length - 1) % SEQUENCES;
  return (lastSequence - own + SEQUENCES) % SEQUENCES < SEQUENCES / 2;
}
