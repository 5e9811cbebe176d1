/**
 * A deployment between preflight and deletion on two real clusters: the real activities, called as the workflow calls them, with
 * evidence in a folder and without DNS, stacks or Temporal. What becomes of topics and groups is decided by preflight's own rules.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities/create-activities.ts';
import type { LedgerEvidence } from '../../activities/ledger-evidence.ts';
import { createAwsClients } from '../../aws/clients.ts';
import type { Activities, Done, Drained, Proved, StepInput } from '../../contract/activities.ts';
import type { Deployment } from '../../contract/deployment.ts';
import type { EvidenceRef } from '../../contract/evidence.ts';
import type { LedgerRow } from '../../contract/ledger.ts';
import type { RunWaiver } from '../../contract/messages.ts';
import type { Observation } from '../../contract/observation.ts';
import { type DeploymentRequest, type GroupRule, parseRequest, type TopicRule } from '../../contract/request.ts';
import { openEvidenceStore } from '../../evidence/open.ts';
import { type EvidenceStore, getJson, putJson } from '../../evidence/store.ts';
import { type Cluster, connectCluster, type KafkaSecurity } from '../../kafka/cluster.ts';
import { disposeAll } from '../../kafka/dispositions.ts';
import { takeInventory } from '../../kafka/inventory.ts';
import { client, eventually } from '../kafka/clients.ts';
import { temporaryDirectory } from '../support/cluster.ts';
import { QUIET } from '../support/quiet-logger.ts';
import { stacksAre } from '../support/stacks-are.ts';
import { endpoint } from './endpoint.ts';

/** Two clusters that several deployments of a test file share, one after the other. */
export interface Clusters {
  readonly blue: Cluster;
  readonly green: Cluster;
}

export interface WorldOptions {
  readonly topics?: readonly TopicRule[];
  readonly groups?: readonly GroupRule[];
  /** How the worker logs in, and where; as the tests themselves when absent. */
  readonly login?: Readonly<Record<keyof Clusters, { readonly bootstrap: string; readonly security: KafkaSecurity }>>;
  readonly deadlineMs?: number;
  /** How long blue must be quiet before it is frozen; 30 s when absent, as in a request. */
  readonly quietMs?: number;
}

/** Failures are what these tests look at. */

export type Step = {
  [N in keyof Activities]: Activities[N] extends (input: StepInput) => Promise<Done> ? N : never;
}[keyof Activities];

export interface Beat {
  /** When the step began (milliseconds since 1970), over all its attempts. */
  readonly begun?: number;
  readonly phase?: string;
  readonly waiting?: readonly { readonly topic: string; readonly why: string }[];
  readonly transactions?: number;
  readonly topicsKept?: number;
  /** A group that is being released, and one that was. */
  readonly releasing?: string;
  readonly released?: string;
  /** A sweep that has its groups. */
  readonly sweptAt?: string;
  readonly worst?: readonly { readonly group: string; readonly state: string; readonly left: string }[];
}

/** A step that runs: what it beat so far, its result, and a way to end it as a waiver does. */
export interface Running {
  readonly beats: readonly Beat[];
  readonly result: Promise<Done>;
  readonly interrupt: () => void;
}

export class World {
  readonly told: Observation[] = [];
  /** The folder of the evidence store. */
  readonly directory: string;
  readonly waivers: RunWaiver[] = [];
  /** Somebody deleted blue's stack: from now on it does not answer, and CloudFormation says why. */
  blueDeleted = false;
  readonly #activities: Activities;
  readonly #evidence: ReturnType<typeof openEvidenceStore>;
  readonly #running: Running[] = [];
  #deployment: Deployment;

  constructor(directory: string, deployment: Deployment, login: WorldOptions['login']) {
    this.directory = directory;
    this.#deployment = deployment;
    this.#evidence = openEvidenceStore(`file:${directory}`);
    this.#activities = realActivities(
      this.#evidence,
      login,
      async observation => {
        this.told.push(observation);
      },
      stackId => this.blueDeleted && stackId === deployment.blue.stackId,
    );
  }

  get id(): Deployment['id'] {
    return this.#deployment.id;
  }

  get evidence(): Deployment['evidence'] {
    return this.#deployment.evidence;
  }

  /** Runs a step to its end and keeps its evidence. */
  step(name: Step): Promise<Done> {
    return this.start(name).result;
  }

  /** `heartbeatDetails` are what the attempt before this one said last. */
  start(
    name: Step,
    heartbeatDetails: Beat | null = null,
    onBeat: (beats: readonly Beat[], interrupt: () => void) => void = () => undefined,
  ): Running {
    const beats: Beat[] = [];
    const environment = new MockActivityEnvironment(
      { scheduledTimestampMs: Date.now(), heartbeatDetails },
      { logger: QUIET },
    );
    environment.on('heartbeat', (beat: Beat | null) => {
      if (beat === null) return;
      beats.push(beat);
      onBeat(beats, () => environment.cancel());
    });
    const step: (input: StepInput) => Promise<Done> = this.#activities[name];
    const input = { deployment: this.#deployment, waivers: this.waivers };
    const result = environment.run<[StepInput], Done, typeof step>(step, input).then(
      done => this.#keep(name, done),
      (error: unknown) => this.#keepCarried(error),
    );
    // A step that fails before anybody waits for it is not an unhandled rejection.
    result.catch(() => undefined);
    const running = { beats, result, interrupt: () => environment.cancel() };
    this.#running.push(running);
    return running;
  }

  /** Runs a step, and ends it as a waiver does as soon as what it beat so far is like this. */
  async interrupted(name: Step, when: (beats: readonly Beat[]) => boolean): Promise<void> {
    const running = this.start(name, null, (beats, interrupt) => {
      if (when(beats)) interrupt();
    });
    const done = (await running.result) as Drained;
    assert.equal(done.kind, 'interrupted');
  }

  /** Interrupts every step that still runs, and waits until it has ended. */
  async end(): Promise<void> {
    for (const { interrupt } of this.#running) interrupt();
    await Promise.allSettled(this.#running.map(({ result }) => result));
  }

  /** Everything between preflight and the flip that prepares the drain. */
  async prepare(): Promise<void> {
    for (const name of ['copyTopics', 'seedGroups', 'saveOriginals', 'keepRecords'] as const) await this.step(name);
  }

  async ledger(): Promise<LedgerEvidence> {
    const ref = this.evidence.ledger;
    assert.ok(ref, 'the ledger is in evidence');
    return getJson<LedgerEvidence>(this.#evidence, ref);
  }

  /** Sealed rows of the group. */
  async rows(group: string): Promise<readonly LedgerRow[]> {
    const { ledger } = await this.ledger();
    return ledger.sealed.find(s => s.group === group)?.rows ?? [];
  }

  read<T>(ref: EvidenceRef): Promise<T> {
    return getJson<T>(this.#evidence, ref);
  }

  /** The path of a piece of evidence. */
  fileOf(ref: EvidenceRef | undefined): string {
    assert.ok(ref);
    return join(this.directory, ref.sha256.slice(0, 2), ref.sha256);
  }

  /** A run that holds goes on from the ledger that the failure carries. */
  #keepCarried(error: unknown): never {
    const [carried] = error instanceof ApplicationFailure ? (error.details ?? []) : [];
    const { ledger } = (carried ?? {}) as { readonly ledger?: EvidenceRef };
    if (ledger !== undefined)
      this.#deployment = { ...this.#deployment, evidence: { ...this.#deployment.evidence, ledger } };
    throw error;
  }

  #keep(name: Step, done: Done): Done {
    const kept: Partial<Record<Step, keyof Deployment['evidence']>> = {
      saveOriginals: 'originals',
      freeze: 'frozen',
      drainFirstGroup: 'ledger',
      releaseGroups: 'ledger',
      proveBlueDrained: 'deletion',
    };
    const key = kept[name];
    if (key !== undefined) {
      const { evidence } = done as Proved | Drained;
      this.#deployment = { ...this.#deployment, evidence: { ...this.#deployment.evidence, [key]: evidence } };
    }
    return done;
  }
}

/** The activities as the worker makes them; of AWS only CloudFormation answers, which stacks stand. */
export function realActivities(
  evidence: EvidenceStore,
  login: WorldOptions['login'],
  tell: (observation: Observation) => Promise<void>,
  isDeleted: (stackId: string | undefined) => boolean = () => false,
): Activities {
  return createActivities({
    aws: {
      ...createAwsClients(),
      cloudFormation: stacksAre(id => (isDeleted(id) ? 'DELETE_COMPLETE' : 'CREATE_COMPLETE')),
    },
    evidence,
    dnsServers: [],
    stackRole: null,
    searchAttributes: [],
    security: login?.green.security ?? {},
    connect: async ({ bootstrap, clusterId, stackId }) => {
      if (isDeleted(stackId)) throw new Error('nobody listens there any more');
      return connectCluster({
        bootstrap,
        security: (bootstrap === login?.blue.bootstrap ? login.blue : login?.green)?.security ?? {},
        ...(clusterId === undefined ? {} : { expectClusterId: clusterId }),
      });
    },
    findRun: () => Promise.reject(new Error('no run is looked for here')),
    tell,
  });
}

/** A deployment of the topics and groups that are on blue now; preflight must find nothing in its way. */
export async function openWorld(clusters: Clusters, o: WorldOptions = {}): Promise<World> {
  const directory = await temporaryDirectory('evidence-');
  const evidence = openEvidenceStore(`file:${directory}`);
  const parsed = parseRequest({
    cluster: 'orders',
    record: 'kafka.orders.example.com',
    readRecord: 'kafka-read.orders.example.com',
    requestedBy: 'ada',
    blue: { stack: 'kafka-orders-a' },
    green: { stack: 'kafka-orders-b' },
    topics: o.topics ?? [],
    groups: o.groups ?? [],
    waive: (['acl', 'user'] as const).map(kind => ({ kind, name: '*', by: 'ada', reason: 'of the test' })),
    drain: { sweeps: 2, every: '100ms' },
  });
  assert.ok(parsed.kind === 'request', JSON.stringify(parsed));
  const request = {
    ...parsed.request,
    settle: { ...parsed.request.settle, quiet: o.quietMs ?? parsed.request.settle.quiet },
    drain: { ...parsed.request.drain, deadline: o.deadlineMs ?? 60_000 },
  };
  const world = new World(directory, await deploymentOf(clusters, request, evidence, o.login), o.login);
  opened.set(clusters.blue, [...(opened.get(clusters.blue) ?? []), world]);
  return world;
}

/** What preflight hands to the steps after it, decided by its own rules; green is there already. */
export async function deploymentOf(
  { blue, green }: Clusters,
  request: DeploymentRequest,
  evidence: EvidenceStore,
  login: WorldOptions['login'],
): Promise<Deployment> {
  const inventory = await takeInventory(blue);
  const disposal = disposeAll(inventory, request, { readRecord: true, waive: request.waive });
  assert.deepEqual(disposal.problems, []);
  return {
    id: 'abcdef012345',
    cluster: request.cluster,
    record: request.record,
    readRecord: request.readRecord ?? null,
    zoneId: 'Z1',
    recordIsAlias: false,
    blue: { ...endpoint('a'), clusterId: blue.clusterId, bootstrap: login?.blue.bootstrap ?? blue.bootstrap },
    green: { ...endpoint('b'), clusterId: green.clusterId, bootstrap: login?.green.bootstrap ?? green.bootstrap },
    epoch: null,
    writersHold: false,
    evidence: {
      request: await putJson(evidence, request),
      inventory: await putJson(evidence, inventory),
      dispositions: await putJson(evidence, disposal.dispositions),
      records: await putJson(evidence, {}),
    },
  };
}

/** By their blue. */
const opened = new WeakMap<Cluster, readonly World[]>();

/** Ends what still runs and removes every topic and group, so that the next deployment finds clusters as new. */
export async function clear({ blue, green }: Clusters): Promise<void> {
  for (const world of opened.get(blue) ?? []) await world.end();
  opened.delete(blue);
  for (const cluster of [blue, green]) {
    const admin = client(cluster.bootstrap).admin();
    await admin.connect();
    try {
      await eventually(`${cluster.bootstrap} has no group`, async () => {
        const { groups } = await admin.listGroups();
        await admin.deleteGroups(groups.map(g => g.groupId)).catch(() => undefined);
        return groups.length === 0;
      });
      const topics = await namesOf(cluster);
      if (topics.length > 0) await admin.deleteTopics({ topics });
      await eventually(`${cluster.bootstrap} has no topic`, async () => (await namesOf(cluster)).length === 0);
    } finally {
      await admin.disconnect();
    }
  }
}

async function namesOf(cluster: Cluster): Promise<string[]> {
  const { topics } = await cluster.metadata();
  return topics.filter(t => !t.internal).map(t => t.name);
}

/** For assert.rejects: a failure that holds the run, with this type and a sentence like this. */
export function holding(type: string, sentence: RegExp): (error: unknown) => boolean {
  return error => {
    assert.ok(error instanceof ApplicationFailure, String(error));
    assert.equal(error.type, type, error.message);
    assert.match(error.message, sentence);
    assert.equal(error.nonRetryable, true, 'it holds instead of trying again for hours');
    return true;
  };
}

/** One broker that looks for what has expired, or is to be compacted, all the time. */
export const drainBroker = {
  brokers: 1,
  config: {
    'log.retention.check.interval.ms': '300',
    'log.initial.task.delay.ms': '100',
    'log.cleaner.backoff.ms': '300',
    'log.segment.delete.delay.ms': '1000',
  },
} as const;
