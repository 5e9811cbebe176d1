/**
 * Freezing topics: fence at 78 bytes, where transaction markers still fit; no transaction open anywhere for a while; fence at 1,
 * refused by every leader; then every replica of every partition at one end under the leader that was proved (or, where nothing is
 * deleted on it, every leader). A transaction that
 * began in between, or is found open at 1 by a worker that goes on after another, takes its topics back to 78: at 1 its marker could
 * not be written, and its commit would be destroyed. Transactions that write only elsewhere are nobody's concern here.
 * Every call starts from what the cluster says, so it may be repeated, by another worker too.
 */
import type { FrozenEnds, FrozenTopic } from '../contract/frozen.ts';
import type { Cluster } from './cluster.ts';
import { proveFence, setFence } from './fence.ts';
import type { LogEnds, SeenBy } from './frozen.ts';
import { readLogEnds } from './log-ends.ts';
import type { Originals } from './originals.ts';
import { FENCE_KEY, type FenceLimit } from './our-values.ts';
import { provedFrozen, whyOpen } from './proved-frozen.ts';
import { pauseFor } from './retry.ts';
import { changeTopicConfigs, type HeldConfig, type LongCall } from './topic-configs.ts';
import { type OpenTransaction, openTransactions } from './transactions.ts';

export interface FreezeOptions extends LongCall {
  /** How long to wait in one call for transactions and replicas; 30 s by default. */
  readonly withinMs?: number;
  /** `every-replica` by default. With `leaders` the other replicas are waited for a moment, and then named. */
  readonly seenBy?: SeenBy;
}

export type Freeze =
  /** `unseen`: replicas that were not seen at their leader's end; none unless leaders are enough. */
  | { readonly kind: 'frozen'; readonly frozen: FrozenEnds; readonly unseen: readonly string[] }
  /** Somebody else changed these configs: nothing was done. */
  | { readonly kind: 'held'; readonly held: readonly HeldConfig[] }
  /** Not yet; call again. `frozen` are the topics that are, `waiting` says for each other one what it waits for. */
  | {
      readonly kind: 'waiting';
      readonly frozen: FrozenEnds;
      readonly waiting: readonly { readonly topic: string; readonly why: string }[];
      readonly transactions: readonly OpenTransaction[];
    };

/** No transaction may be open for this long before the fence goes down to 1. */
const QUIET_MS = 1_000;
const LOOK_EVERY_MS = 250;
const WITHIN_MS = 30_000;
/** Followers that run have what their leader has within moments once nobody writes. */
const FOLLOWERS_WITHIN_MS = 5_000;
/** At least, once followers were waited for. */
const LEADERS_WITHIN_MS = 2_000;

/** Freezes the topics, or says what it waits for. */
export async function freezeTopics(
  cluster: Cluster,
  topics: readonly string[],
  originals: Originals,
  o: FreezeOptions = {},
): Promise<Freeze> {
  const deadline = Date.now() + (o.withinMs ?? WITHIN_MS);
  const nothing: FrozenEnds = { clusterId: cluster.clusterId, topics: [] };
  if (topics.length === 0) return { kind: 'frozen', frozen: nothing, unseen: [] };
  for (;;) {
    const fenced = await setFence(cluster, topics, 78, originals, o);
    if (fenced.kind === 'held') return fenced;
    const open = await proved(cluster, topics, 78, deadline, o);
    if (open.length > 0) return { kind: 'waiting', frozen: nothing, waiting: open, transactions: [] };

    const stillOpen = await awaitTransactions(cluster, topics, deadline, o);
    if (stillOpen !== null) return { kind: 'waiting', frozen: nothing, ...stillOpen };

    const closed = await setFence(cluster, topics, 1, originals, o);
    if (closed.kind === 'held') return closed;
    const begun = await lookForTransactions(cluster, topics);
    if (begun.waiting.length === 0) return recordEnds(cluster, topics, deadline, o);
    await backTo78(cluster, begun.waiting, o);
    if (Date.now() > deadline) return { kind: 'waiting', frozen: nothing, ...begun };
    await pauseFor(LOOK_EVERY_MS, o.signal);
  }
}

interface Transactions {
  /** Topics that may hold an open transaction, and why. */
  readonly waiting: readonly { readonly topic: string; readonly why: string }[];
  readonly transactions: readonly OpenTransaction[];
}

/** Waits until for the whole quiet time no transaction that writes to the topics was open, and no partition of theirs held one. */
async function awaitTransactions(
  cluster: Cluster,
  topics: readonly string[],
  deadline: number,
  o: LongCall,
): Promise<Transactions | null> {
  let quietSince: number | null = null;
  for (;;) {
    const seen = await lookForTransactions(cluster, topics);
    const isQuiet = seen.waiting.length === 0;
    const now = Date.now();
    quietSince = isQuiet ? (quietSince ?? now) : null;
    if (quietSince !== null && now - quietSince >= QUIET_MS) return null;
    // Where the fence stands at 1 already, another worker put it there and could not look again.
    if (!isQuiet) await backTo78(cluster, seen.waiting, o);
    o.progress?.({
      phase: 'freeze',
      waiting: seen.waiting.slice(0, 5),
      transactions: seen.transactions.length,
      such: seen.transactions.slice(0, 5).map(t => `${t.transactionalId.slice(0, 60)} (${t.state})`),
    });
    if (now > deadline && !isQuiet) return seen;
    await pauseFor(LOOK_EVERY_MS, o.signal);
  }
}

/** The topics that an open transaction writes to, by coordinators and logs: what one hides the other shows. */
async function lookForTransactions(cluster: Cluster, topics: readonly string[]): Promise<Transactions> {
  const seen = await openTransactions(cluster);
  const held = unstableTopics(await readLogEnds(cluster, topics));
  if (seen.kind === 'unknown') {
    const why = seen.reasons.slice(0, 3).join('; ');
    return { waiting: topics.map(topic => ({ topic, why })), transactions: seen.open };
  }
  const ours = new Set(topics);
  const concerning = seen.open.filter(t => t.topics === null || t.topics.some(topic => ours.has(topic)));
  const waiting = new Map(held.map(h => [h.topic, h.why]));
  for (const { transactionalId, state, topics: written } of concerning)
    for (const topic of written ?? topics)
      if (ours.has(topic) && !waiting.has(topic))
        waiting.set(topic, `transaction ${transactionalId} is open (${state})`);
  return { waiting: [...waiting].map(([topic, why]) => ({ topic, why })), transactions: concerning };
}

function unstableTopics(ends: LogEnds): { topic: string; why: string }[] {
  return ends.topics.flatMap(({ topic, partitions }) => {
    const held = partitions.find(p => p.kind === 'unknown' || p.lastStable !== p.highWatermark);
    if (held === undefined) return [];
    const why =
      held.kind === 'unknown'
        ? held.reason
        : `a transaction is open (last stable offset ${held.lastStable}, high watermark ${held.highWatermark})`;
    return [{ topic, why: `partition ${held.partition}: ${why}` }];
  });
}

/** Under the proof: two looks at every replica, until each topic stands still under the leaders that refused. */
async function recordEnds(
  cluster: Cluster,
  topics: readonly string[],
  deadline: number,
  o: FreezeOptions,
): Promise<Freeze> {
  const frozen = new Map<string, FrozenTopic>();
  const unseen: string[] = [];
  const followersUntil = Date.now() + FOLLOWERS_WITHIN_MS;
  const giveUpAt = o.seenBy === 'leaders' ? Math.max(deadline, followersUntil + LEADERS_WITHIN_MS) : deadline;
  for (;;) {
    const seenBy = o.seenBy === 'leaders' && Date.now() > followersUntil ? 'leaders' : 'every-replica';
    const left = topics.filter(topic => !frozen.has(topic));
    const probed = await proveFence(cluster, left, 1, { ...o, withinMs: Math.max(0, deadline - Date.now()) });
    const earlier = await readLogEnds(cluster, left);
    await pauseFor(LOOK_EVERY_MS, o.signal);
    const later = await readLogEnds(cluster, left);
    const waiting = left.flatMap(topic => {
      const judged = provedFrozen(topic, probed, earlier, later, seenBy);
      if (judged.kind === 'waiting') return [{ topic, why: judged.why }];
      frozen.set(topic, judged.topic);
      unseen.push(...judged.unseen);
      return [];
    });
    o.progress?.({ frozen: frozen.size, waiting: waiting.length });
    const ends = { clusterId: cluster.clusterId, topics: topics.flatMap(topic => frozen.get(topic) ?? []) };
    if (waiting.length === 0) return { kind: 'frozen', frozen: ends, unseen };
    if (Date.now() > giveUpAt) return { kind: 'waiting', frozen: ends, waiting, transactions: [] };
    await pauseFor(LOOK_EVERY_MS, o.signal);
  }
}

/** Topics with a partition whose leader was not seen refusing. */
async function proved(
  cluster: Cluster,
  topics: readonly string[],
  limit: FenceLimit,
  deadline: number,
  o: LongCall,
): Promise<{ topic: string; why: string }[]> {
  const probed = await proveFence(cluster, topics, limit, { ...o, withinMs: Math.max(0, deadline - Date.now()) });
  const open = Map.groupBy(
    probed.filter(p => p.kind !== 'fenced'),
    p => p.topic,
  );
  return [...open].flatMap(([topic, [first]]) => (first === undefined ? [] : [{ topic, why: whyOpen(first) }]));
}

/** Lets markers through again. The other way round than `setFence`, which never weakens a fence. */
async function backTo78(cluster: Cluster, waiting: Transactions['waiting'], o: LongCall): Promise<void> {
  const at = (value: string) => ({ kind: 'value' as const, value });
  await changeTopicConfigs(
    cluster,
    waiting.map(({ topic }) => ({ topic, key: FENCE_KEY, to: at('78'), from: [at('1')] })),
    o,
  );
}
