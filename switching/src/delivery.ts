/**
 * Brings one batch to an end on one cluster. A batch that may have been stored is sent again under its own sequence, or looked
 * for on its leader, until its fate is known; only then may it, or anything after it, go elsewhere. Under the fence the size is
 * checked before the duplicate, so there the leader is asked what it holds (DescribeProducers), and the batch waits there
 * without being sent again.
 */
import type { Batch } from './accumulator.ts';
import { asError, evidenceOf, TopicGone, TopicNotUsable, UnknownTopic } from './errors.ts';
import type { Lane } from './lane.ts';
import { NotSent } from './not-sent.ts';
import type { StoredBatch } from './produce-request.ts';
import type { WireRecord } from './record-batch.ts';
import { RightMissing } from './right-missing.ts';

/** Set as a topic's `max.message.bytes` while a deployment lets only transaction markers, or nothing at all, through. */
const FENCE_BYTES = 78;
/** Of a batch that is estimated to be small enough, by a topic that is not fenced. */
const MOST_ORDINARY_REFUSALS = 3;
/** One after the other: a broker that has just started knows topics late. */
const UNKNOWN_TOPIC_ATTEMPTS = 8;
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
  | { readonly kind: 'unknowable'; readonly because: Unknowing }
  /** Nothing is to be tried any more. */
  | { readonly kind: 'given-up'; readonly inDoubt: boolean }
  | { readonly kind: 'failed'; readonly error: Error };

/** The cluster is gone, or has forgotten a producer whose earlier batches it took (expired, or lost in an unclean election). */
export type Unknowing = 'gone' | 'forgotten';

/** Where a batch is on its way: only `at-risk` can it be stored already, or be stored yet. */
export type Stage = 'waiting' | 'at-risk' | 'fenced';

/** What a delivery needs of the cluster it goes to. */
export type Destination = Pick<Lane, 'produce' | 'sightOf' | 'maxMessageBytes' | 'takesLittle' | 'forgetLeaders'>;

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
  /** The fate of the batch stays unknown until somebody grants this; told whenever it is met. */
  readonly rightMissing: (missing: RightMissing) => void;
  /** Aborted when nothing is to be tried any more. */
  readonly givingUp: AbortSignal;
}

export async function deliver(
  batch: Batch<WireRecord>,
  lane: Destination,
  { wanted, reached, gone, fenced, pause, rightMissing, givingUp }: Surroundings,
): Promise<Outcome> {
  let inDoubt = false;
  let resolved = false;
  let ordinaryRefusals = 0;
  let unknownTopic = 0;
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
      const missing = missingTopic(error);
      unknownTopic = missing instanceof UnknownTopic ? unknownTopic + 1 : 0;
      if (missing !== null && (missing instanceof TopicNotUsable || unknownTopic === UNKNOWN_TOPIC_ATTEMPTS)) {
        return { kind: 'failed', error: new TopicGone(missing, batch.entries.length, inDoubt) };
      }
      if (evidence.kind === 'unknown' || evidence.kind === 'refused-for-now') {
        if (lastChance) return { kind: 'unknowable', because: 'gone' };
        if (!inDoubt) reached('waiting');
        lane.forgetLeaders(batch.topic);
        await pause(attempt);
        continue;
      }
      if (inDoubt) {
        const found = await lookFor(batch, lane, rightMissing);
        if (found === 'stored') return stored({ baseOffset: UNKNOWN_OFFSET });
        if (found === 'forgotten') return { kind: 'unknowable', because: 'forgotten' };
        if (found === 'unknown') {
          if (lastChance) return { kind: 'unknowable', because: 'gone' };
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
      let size = await judgeSize(batch, lane);
      if (size === 'fenced') {
        while (size === 'fenced' && wanted()) {
          reached('fenced');
          await fenced();
          if (wanted()) size = await judgeSize(batch, lane);
        }
        continue;
      }
      if (size === 'too-large' || (size === 'allowed' && (ordinaryRefusals += 1) > MOST_ORDINARY_REFUSALS)) {
        return batch.entries.length > 1 ? { kind: 'too-large' } : { kind: 'failed', error: asError(error) };
      }
      await pause(attempt); // Where it is allowed, the fence was lifted between the answer and the question.
    }
  }
}

/** A producer that the leader holds nothing of never wrote, unless it did before: then the leader has forgotten it. */
async function lookFor(
  batch: Batch<unknown>,
  lane: Destination,
  rightMissing: Surroundings['rightMissing'],
): Promise<'stored' | 'missing' | 'forgotten' | 'unknown'> {
  try {
    const { lastSequence, replicated } = await lane.sightOf(batch.topic, batch.partition);
    if (lastSequence === 'none') return batch.firstSequence === 0 ? 'missing' : 'forgotten';
    if (!reaches(lastSequence, batch)) return 'missing';
    return replicated ? 'stored' : 'unknown';
  } catch (error) {
    if (error instanceof RightMissing) rightMissing(error);
    else lane.forgetLeaders(batch.topic);
    return 'unknown';
  }
}

/**
 * Of a batch that was refused for its size. To write a topic gives no right to read its configuration; then what a little batch
 * meets tells the fence from everything else.
 */
async function judgeSize(
  { topic, partition, bytes }: Batch<unknown>,
  lane: Destination,
): Promise<'fenced' | 'too-large' | 'allowed' | 'unknown'> {
  try {
    const limit = await lane.maxMessageBytes(topic, partition);
    if (limit <= FENCE_BYTES) return 'fenced';
    return bytes > limit ? 'too-large' : 'allowed';
  } catch {
    try {
      return (await lane.takesLittle(topic, partition)) ? 'allowed' : 'fenced';
    } catch {
      lane.forgetLeaders(topic);
      return 'unknown';
    }
  }
}

/** Why a batch did not leave, where the cluster does not tell its topic. */
function missingTopic(error: unknown): UnknownTopic | TopicNotUsable | null {
  const cause = error instanceof NotSent ? error.cause : null;
  return cause instanceof UnknownTopic || cause instanceof TopicNotUsable ? cause : null;
}

/** Sequences go round at 2^31. */
function reaches(lastSequence: number, batch: Batch<unknown>): boolean {
  const own = (batch.firstSequence + batch.entries.length - 1) % SEQUENCES;
  return (lastSequence - own + SEQUENCES) % SEQUENCES < SEQUENCES / 2;
}
