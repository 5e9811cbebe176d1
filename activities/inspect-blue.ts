/** Preflight's look at blue's cluster itself: its health, what lives on it, and what becomes of that. Changes nothing. */
import type { ClusterEndpoint } from '../contract/deployment.ts';
import type { Inventory } from '../contract/inventory.ts';
import type { Problem } from '../contract/problem.ts';
import type { DeploymentRequest } from '../contract/request.ts';
import type { Cluster } from '../kafka/cluster.ts';
import { type Disposal, disposeAll } from '../kafka/dispositions.ts';
import { drainNotes } from '../kafka/drain-estimate.ts';
import { KafkaTrouble } from '../kafka/errors.ts';
import { readGroupFacts } from '../kafka/group-facts.ts';
import { healthProblems, leftoverProblems } from '../kafka/health.ts';
import { takeInventory } from '../kafka/inventory.ts';
import { bytesPerSecond, growthNotes } from '../kafka/keep-growth.ts';
import { type Leftover, leftoversOf } from '../kafka/leftovers.ts';
import { sampleEnds } from '../kafka/log-ends.ts';
import type { EndsSample } from '../kafka/movement.ts';
import { pauseFor } from '../kafka/retry.ts';
import { isBookkeeping } from '../kafka/topic-dispositions.ts';
import { readLogDirs } from '../kafka/topic-facts.ts';
import { advertisedAliases } from './advertised-names.ts';
import { blueBrokerProblems, silentBlue } from './blue-brokers.ts';
import type { Dependencies } from './dependencies.ts';
import { historyKeptMs } from './plan.ts';
import type { Pace } from './step.ts';
import type { Unfinished } from './unfinished.ts';

/** Long enough to see whether blue is written, short enough for a plan. */
const SAMPLED_FOR_MS = 1_000;

/** Everything about blue's own cluster, or the one problem that nobody answers there. */
export async function meetBlue(
  deps: Dependencies,
  request: DeploymentRequest,
  blue: ClusterEndpoint,
  unfinished: Unfinished | null,
  pace: Pace,
) {
  const connected = await connectTo(deps, blue);
  if (connected.kind === 'silent')
    return { inventory: null, disposal: null, problems: [connected.problem], leftovers: [], notes: [] };
  await using cluster = connected.cluster;
  const inventory = await takeInventory(cluster, pace.signal);
  const leftovers = leftoversOf(inventory);
  const seen = await sample(cluster, inventory);
  const problems = await healthProblems(cluster, inventory, pace.signal);
  if (unfinished === null) problems.push(...leftoverProblems(inventory));
  problems.push(...blueBrokerProblems(request, blue, inventory.brokers));
  const aliases = await advertisedAliases(request, inventory.brokers, deps.dnsServers);
  problems.push(...aliases.problems);
  const options = { readRecord: request.readRecord !== undefined, waive: request.waive };
  const disposed = disposeAll(inventory, request, options);
  const disposal = unfinished === null ? disposed : withoutKept(disposed, leftovers);
  problems.push(...disposal.problems, ...endless(request, inventory, disposal));
  const notes = await growth(cluster, inventory, seen, request.drain.deadline + request.bake, pace);
  notes.push(...aliases.notes);
  notes.push(...(await drainEstimate(cluster, inventory, disposal, request.drain.deadline, pace)));
  return { inventory, disposal, problems, leftovers, notes };
}

async function connectTo(
  deps: Dependencies,
  blue: ClusterEndpoint,
): Promise<
  { readonly kind: 'met'; readonly cluster: Cluster } | { readonly kind: 'silent'; readonly problem: Problem }
> {
  try {
    return { kind: 'met', cluster: await deps.connect({ bootstrap: blue.bootstrap }) };
  } catch (error) {
    if (!(error instanceof KafkaTrouble) || (error.kind !== 'unreachable' && error.kind !== 'timeout')) throw error;
    return { kind: 'silent', problem: silentBlue(blue, error.seen) };
  }
}

/** Ends of all topics that may be moved, or why they could not be seen: other looks at them say what to do about it. */
async function sample(cluster: Cluster, inventory: Inventory): Promise<EndsSample | string> {
  try {
    return await sampleEnds(
      cluster,
      inventory.topics.filter(t => !isBookkeeping(t)).map(t => t.name),
    );
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** How long green's disks would last, if they were blue's. What cannot be estimated stands in nobody's way. */
async function growth(
  cluster: Cluster,
  inventory: Inventory,
  before: EndsSample | string,
  keptForMs: number,
  pace: Pace,
): Promise<string[]> {
  const unseen = (why: string) => [`How fast blue grows could not be seen: ${why}`];
  if (typeof before === 'string') return unseen(before);
  await pauseFor(Math.max(0, before.atMs + SAMPLED_FOR_MS - Date.now()), pace.signal);
  const after = await sample(cluster, inventory);
  if (typeof after === 'string') return unseen(after);
  const sizes = await diskSizes(cluster, inventory);
  return growthNotes(bytesPerSecond(inventory, before, after), sizes, keptForMs);
}

/** Which groups would be too slow, by what they committed since the inventory. What cannot be estimated stands in nobody's way. */
async function drainEstimate(
  cluster: Cluster,
  { takenAt, topics, groups }: Inventory,
  { dispositions }: Disposal,
  deadlineMs: number,
  pace: Pace,
): Promise<string[]> {
  const moving = new Set(dispositions.groups.flatMap(g => (g.disposition === 'move' ? [g.group] : [])));
  const before = { atMs: Date.parse(takenAt), groups };
  try {
    const after = { groups: await readGroupFacts(cluster, pace.signal), atMs: Date.now() };
    return drainNotes(moving, topics, before, after, deadlineMs);
  } catch (error) {
    if (pace.signal.aborted) throw error;
    return [`How fast groups read blue could not be seen: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** The size of each broker's disks, where it can tell. */
async function diskSizes(cluster: Cluster, { brokers }: Inventory): Promise<ReadonlyMap<number, bigint>> {
  const asked = await Promise.allSettled(
    brokers.map(async ({ id }) => {
      const dirs = await readLogDirs(cluster, id);
      return [id, dirs.reduce((sum, dir) => sum + dir.totalBytes, 0n)] as const;
    }),
  );
  return new Map(asked.flatMap(answer => (answer.status === 'fulfilled' ? [answer.value] : [])));
}

/** Keep that an unfinished deployment left says nothing about what the topic's owner wants. */
function withoutKept(disposal: Disposal, leftovers: readonly Leftover[]): Disposal {
  const kept = new Set(leftovers.filter(l => l.kind === 'perhaps-keep').map(l => l.topic));
  return {
    ...disposal,
    problems: disposal.problems.filter(p => !(p.on.startsWith('topic ') && kept.has(p.on.slice('topic '.length)))),
    paste: { ...disposal.paste, topics: disposal.paste.topics.filter(rule => !kept.has(rule.match)) },
  };
}

/** History that is kept for ever would keep blue for ever. */
function endless(request: DeploymentRequest, inventory: Inventory, disposal: Disposal): Problem[] {
  return historyKeptMs(inventory, disposal.dispositions).endless.map(topic => ({
    on: `topic ${topic}`,
    problem: 'keeps its history for ever, so blue could never be deleted.',
    remedy: `Drop historyKept for it in the request of ${request.cluster}, or give the topic a retention of at most ten years.`,
  }));
}
