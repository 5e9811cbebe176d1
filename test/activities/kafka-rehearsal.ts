/**
 * The Kafka side of a deployment from the first look to the way back, step by step on two real clusters, with the same faults
 * between the worker and both clusters in every step. Applications and onlookers go past the faults.
 */
import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import { connectCluster } from '../../kafka/cluster.ts';
import { KafkaTrouble } from '../../kafka/errors.ts';
import { clusterProblems } from '../../kafka/health.ts';
import { takeInventory } from '../../kafka/inventory.ts';
import { knownLogStarts } from '../../kafka/known-offsets.ts';
import { parityDiff } from '../../kafka/parity.ts';
import { pauseFor } from '../../kafka/retry.ts';
import { seedOffsets, verifySeeds } from '../../kafka/seeds.ts';
import { readTickets } from '../../kafka/tickets.ts';
import type { FrontedCluster } from '../support/fronted-cluster.ts';
import type { KafkaFault, KafkaFaultProxy } from '../support/kafka-fault-proxy.ts';
import { type Beat, type Clusters, clear, openWorld, type Step } from './drain-world.ts';
import { Applications } from './kafka-applications.ts';
import { type ClusterState, stateOf } from './kafka-state.ts';

export interface Fronted {
  readonly blue: FrontedCluster;
  readonly green: FrontedCluster;
}

/** What one step did to both clusters, and what it cost. */
export interface Rehearsed {
  readonly step: string;
  readonly attempts: number;
  readonly tookMs: number;
  /** Requests of the step by API, both clusters together. */
  readonly calls: ReadonlyMap<string, number>;
  readonly hits: ReadonlyMap<string, number>;
  readonly blue: ClusterState;
  readonly green: ClusterState;
}

/** As often as a step that fails with what passes is tried; a real deployment tries for an hour, and from the flip on for days. */
const ATTEMPTS = 3;
/** Where every API loses an answer at once: the smoke test's client gives up at several of them, one after the other. */
const ATTEMPTS_OF_ALL = 8;

/** What goes wrong between the worker and both clusters, anew in every step. */
export interface Disturbance {
  readonly faults?: readonly KafkaFault[];
  /** Every connection is broken at the step's start, and refused for this long. */
  readonly refusedForMs?: number;
}

/** Runs every step once on clusters that it leaves as it found them: empty. */
export async function rehearse(
  fronted: Fronted,
  clusters: Clusters,
  { faults = [], refusedForMs }: Disturbance,
): Promise<Rehearsed[]> {
  const { blue, green } = clusters;
  const rehearsed: Rehearsed[] = [];
  const take = async (step: string, attempt: (last: Beat | null) => Attempt) => {
    const begun = Date.now();
    const proxies = [fronted.blue.proxy, fronted.green.proxy];
    for (const proxy of proxies) proxy.inject(faults);
    const refused = refusedForMs === undefined ? null : refuseAll(proxies, refusedForMs);
    const attempts = await retried(step, attempt, faults.some(f => f.api === 'each') ? ATTEMPTS_OF_ALL : ATTEMPTS);
    const tookMs = Date.now() - begun;
    await refused;
    const calls = sum([fronted.blue.proxy.calls, fronted.green.proxy.calls]);
    const hits = sum([fronted.blue.proxy.hits, fronted.green.proxy.hits]);
    for (const proxy of proxies) proxy.inject([]);
    rehearsed.push({ step, attempts, tookMs, calls, hits, blue: await stateOf(blue), green: await stateOf(green) });
  };

  const apps = await Applications.start(clusters);
  try {
    const world = await openWorld(clusters, {
      groups: [
        { match: 'audit', disposition: 'move' },
        { match: 'newer', disposition: 'ephemeral' },
      ],
      login: {
        blue: { bootstrap: fronted.blue.proxy.bootstrap, security: {} },
        green: { bootstrap: fronted.green.proxy.bootstrap, security: {} },
      },
      quietMs: 1_000,
    });
    const step = (name: Step) => take(name, last => world.start(name, last));
    await take('inspect', () => ({ beats: [], result: inspectBlue(fronted.blue.proxy.bootstrap) }));
    await apps.endTransaction();
    await step('copyTopics');
    await step('seedGroups');
    await step('compareClusters');
    await step('smokeTest');
    await take('confirm', () => ({ beats: [], result: confirm(fronted) }));
    await step('saveOriginals');
    await step('keepRecords');
    await apps.writeGreen();
    await step('settle');
    await step('settleHeld');
    await step('freeze');
    await step('drainFirstGroup');
    await step('releaseGroups');
    await apps.moveReaders();
    await step('awaitReadersGone');
    await step('putKeepBackOnGreen');
    await step('proveBlueDrained');
    await step('removeTickets');
    await step('freezeGreen');
    await step('reopenBlue');
  } catch (error) {
    await cleanUp(apps, clusters).catch(() => undefined); // why the step failed matters more
    throw error;
  }
  await cleanUp(apps, clusters);
  return rehearsed;
}

async function cleanUp(apps: Applications, clusters: Clusters): Promise<void> {
  await apps.stop();
  // A member that never heard that it joined keeps its group alive for its session, as long as one try takes.
  await clear(clusters).catch(() => clear(clusters));
}

async function refuseAll(proxies: readonly KafkaFaultProxy[], forMs: number): Promise<void> {
  await Promise.all(proxies.map(proxy => proxy.refuse()));
  await pauseFor(forMs);
  await Promise.all(proxies.map(proxy => proxy.accept()));
}

/** One try of a step: a failed one hands its last heartbeat to the next, as Temporal does. */
interface Attempt {
  readonly beats: readonly Beat[];
  readonly result: Promise<unknown>;
}

/** How many attempts it took. What cannot pass, and what did not in all of them, is thrown. */
async function retried(step: string, attempt: (last: Beat | null) => Attempt, atMost: number): Promise<number> {
  let last: Beat | null = null;
  for (let attempts = 1; ; attempts += 1) {
    const { beats, result } = attempt(last);
    try {
      await result;
      return attempts;
    } catch (error) {
      last = beats.at(-1) ?? last;
      const passes =
        error instanceof KafkaTrouble
          ? error.retriable
          : error instanceof ApplicationFailure && error.nonRetryable !== true;
      if (!passes || attempts === atMost)
        throw new Error(`${step} failed at attempt ${attempts}: ${String(error)}`, { cause: error });
    }
  }
}

/** What preflight asks of blue. It must come through in one attempt: there a look that fails is a problem, and ends the run. */
async function inspectBlue(bootstrap: string): Promise<void> {
  try {
    await using cluster = await connectCluster({ bootstrap });
    const inventory = await takeInventory(cluster);
    assert.deepEqual(await clusterProblems(cluster, inventory), []);
    const unseen = inventory.topics.flatMap(t => t.partitions).filter(p => p.sizeBytes === null);
    assert.deepEqual(unseen, [], 'the size of every partition is known');
  } catch (error) {
    throw new Error(`Blue was not inspected in one attempt: ${String(error)}`, { cause: error });
  }
}

/** What is asked of both clusters once more before the flip. One that does not answer is asked again by the step itself. */
async function confirm({ blue, green }: Fronted): Promise<void> {
  await using old = await connectCluster({ bootstrap: blue.proxy.bootstrap });
  await using next = await connectCluster({ bootstrap: green.proxy.bootstrap });
  const inventory = await takeInventory(old);
  assert.deepEqual(parityDiff(inventory, await takeInventory(next)), []);
  assert.deepEqual(await clusterProblems(old, inventory), []);
  const dispositions = { topics: [], groups: [], preflightEnds: {} };
  const classic = inventory.groups.filter(({ type }) => type === 'classic');
  const plan = seedOffsets(classic, dispositions, await knownLogStarts(next, ['orders', 'payments']));
  assert.deepEqual(
    plan.seeds.flatMap(s => s.topics.map(t => `${s.group} ${t.topic} ${t.partitions.length}`)),
    ['audit payments 1', 'billing orders 3'],
  );
  const seeded = await verifySeeds(next, plan.seeds);
  assert.deepEqual(new Set(seeded.map(s => s.state.kind)), new Set(['seeded']));
  const tickets = await readTickets(next, ['audit', 'billing']);
  assert.deepEqual(new Set([...tickets.values()].map(t => t.kind)), new Set(['ticket']));
}

function sum(counts: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const total = new Map<string, number>();
  for (const count of counts) for (const [api, n] of count) total.set(api, (total.get(api) ?? 0) + n);
  return total;
}
