/** Arbitrary values of what crosses a boundary: between workflow and activities, into evidence, out of queries. */
import fc from 'fast-check';
import type { Drained, Inspection } from '../../contract/activities.ts';
import type { ClusterEndpoint, Deployment, DeploymentEvidence } from '../../contract/deployment.ts';
import type { Decision, Dispositions } from '../../contract/dispositions.ts';
import type { EvidenceRef } from '../../contract/evidence.ts';
import type { FrozenEnds } from '../../contract/frozen.ts';
import type { GroupFacts, Inventory, TopicFacts } from '../../contract/inventory.ts';
import type { Ledger, LedgerRow, LedgerSummary, RowState } from '../../contract/ledger.ts';
import type { RunWaiver } from '../../contract/messages.ts';
import type { Observation } from '../../contract/observation.ts';
import { GATES, OUTCOMES, PHASES } from '../../contract/phases.ts';
import type { Plan } from '../../contract/plan.ts';
import type { Report } from '../../contract/report.ts';
import { ORDERS } from '../../contract/request.ts';
import type { Approval, ClusterStatus, PhaseStatus, Status, WaitingFor, WayBackAsked } from '../../contract/status.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const id = fc.nat({ max: 1_000 });
const at = fc
  .date({ noInvalidDate: true, min: new Date('2020-01-01'), max: new Date('2100-01-01') })
  .map(date => date.toISOString());
/** Offsets and counts: beyond what a number holds. */
const decimal = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String);
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { maxLength: 3 });
// fast-check's own objects have no prototype now and then; what was parsed always has one.
const record = ((model: object, constraints: object) =>
  fc.record(model as Record<string, fc.Arbitrary<unknown>>, {
    ...constraints,
    noNullPrototype: true,
  })) as typeof fc.record;
const byName = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.dictionary(
    text.filter(name => name !== '__proto__'),
    arbitrary,
    { maxKeys: 3, noNullPrototype: true },
  );
const of = fc.constantFrom;
const is = fc.constant;

const evidence: fc.Arbitrary<EvidenceRef> = record({ ref: text, sha256: text, bytes: fc.nat() });
const decision: fc.Arbitrary<Decision> = record({ by: text, reason: text });
const mode = of('kraft' as const, 'zookeeper' as const);

const endpoint: fc.Arbitrary<ClusterEndpoint> = record({
  stack: text,
  stackId: text,
  clusterId: text,
  version: text,
  mode,
  bootstrap: text,
  dnsName: text,
  hostedZoneId: text,
  targetGroupArn: text,
  brokers: id,
});

const deploymentEvidence: fc.Arbitrary<DeploymentEvidence> = record(
  {
    request: evidence,
    inventory: evidence,
    dispositions: evidence,
    records: evidence,
    parity: evidence,
    smoke: evidence,
    originals: evidence,
    frozen: evidence,
    ledger: evidence,
    kept: evidence,
    deletion: evidence,
  },
  { requiredKeys: ['request', 'inventory', 'dispositions', 'records'] },
);

const deployment: fc.Arbitrary<Deployment> = record({
  id: text,
  cluster: text,
  record: text,
  readRecord: orNull(text),
  zoneId: text,
  recordIsAlias: fc.boolean(),
  blue: endpoint,
  green: orNull(endpoint),
  epoch: orNull(decimal),
  writersHold: fc.boolean(),
  evidence: deploymentEvidence,
});

const topicRule = record(
  { match: text, disposition: of('drain' as const, 'ambient' as const, 'waive' as const), by: text, reason: text },
  { requiredKeys: ['match', 'disposition'] },
);
const groupRule = record(
  { match: text, disposition: of('move' as const, 'ephemeral' as const, 'abandoned' as const, 'external' as const) },
  { requiredKeys: ['match', 'disposition'] },
);

const requestWaiver = record({
  kind: of('acl' as const, 'quota' as const, 'config' as const, 'group' as const),
  name: text,
  by: text,
  reason: text,
});

const plan: fc.Arbitrary<Plan> = record({
  cluster: text,
  problems: some(record({ on: text, problem: text, remedy: text })),
  notes: some(text),
  paste: orNull(record({ topics: some(topicRule), groups: some(groupRule), waive: some(requestWaiver) })),
  topics: record({ drain: id, ambient: id, waive: id, undecided: id }),
  groups: record({ move: id, ephemeral: id, abandoned: id, external: id, undecided: id }),
  steps: some(text),
  historyKeptMs: fc.nat(),
  inventory: orNull(evidence),
});

const topic: fc.Arbitrary<TopicFacts> = record({
  name: text,
  id: orNull(text),
  internal: fc.boolean(),
  partitions: some(
    record({
      partition: id,
      leader: orNull(id),
      leaderEpoch: id,
      replicas: some(id),
      isr: some(id),
      start: orNull(decimal),
      end: orNull(decimal),
      sizeBytes: orNull(decimal),
    }),
  ),
  configs: byName(
    record({
      value: orNull(text),
      source: of('topic' as const, 'broker' as const, 'default' as const, 'other' as const),
    }),
  ),
});

const group: fc.Arbitrary<GroupFacts> = record({
  group: text,
  type: of(
    'classic' as const,
    'consumer' as const,
    'share' as const,
    'streams' as const,
    'connect' as const,
    'unknown' as const,
  ),
  state: text,
  protocolType: text,
  members: some(
    record({
      memberId: text,
      clientId: text,
      host: text,
      subscriptions: some(text),
      assignment: some(record({ topic: text, partitions: some(id) })),
    }),
  ),
  commits: some(record({ topic: text, partition: id, offset: decimal })),
});

const inventory: fc.Arbitrary<Inventory> = record({
  clusterId: text,
  takenAt: at,
  brokers: some(record({ id, host: text, port: id, rack: orNull(text) })),
  topics: some(topic),
  groups: some(group),
  acls: some(record({ name: text })),
  quotas: some(record({ name: text })),
  users: some(record({ name: text })),
});

const dispositions: fc.Arbitrary<Dispositions> = record({
  topics: some(
    record({
      topic: text,
      disposition: of('drain' as const, 'ambient' as const, 'waive' as const),
      historyKept: fc.boolean(),
      decision: orNull(decision),
    }),
  ),
  groups: some(
    record({
      group: text,
      disposition: of('move' as const, 'ephemeral' as const, 'abandoned' as const, 'external' as const),
      start: of('earliest' as const, 'latest' as const),
      decision: orNull(decision),
      switchAware: fc.boolean(),
    }),
  ),
  preflightEnds: byName(some(decimal)),
  topicIds: byName(text),
});

const frozen: fc.Arbitrary<FrozenEnds> = record({
  clusterId: text,
  topics: some(
    record({
      topic: text,
      frozenAt: at,
      partitions: some(record({ partition: id, leader: id, leaderEpoch: id, start: decimal, end: decimal })),
    }),
  ),
});

const rowState: fc.Arbitrary<RowState> = fc.oneof(
  record({ kind: is('drained' as const), committed: decimal, tail: decimal }),
  record({ kind: is('behind' as const), committed: decimal, remaining: decimal }),
  record({ kind: is('uncommitted' as const), from: decimal, remaining: decimal }),
  record({ kind: is('lost' as const), committed: decimal, logStart: decimal, missing: decimal }),
  record({ kind: is('ahead' as const), committed: decimal }),
  record({ kind: is('unknown' as const), reason: text }),
);
const row: fc.Arbitrary<LedgerRow> = record({
  group: text,
  topic: text,
  partition: id,
  frozenEnd: decimal,
  state: rowState,
});
const ledger: fc.Arbitrary<Ledger> = record({
  deployment: text,
  clusterId: text,
  sealed: some(record({ group: text, sealedAt: at, sweeps: id, rows: some(row) })),
  excused: some(record({ group: text, why: text, by: text })),
});
const summary: fc.Arbitrary<LedgerSummary> = record({ rows: id, drained: id, groups: id, sha256: text });

const phase = of(...PHASES, 'undo' as const, 'rollback' as const);
const gate = of(...GATES);
const outcome = of(...OUTCOMES);
const waiver: fc.Arbitrary<RunWaiver> = record({
  kind: of('topic' as const, 'group' as const, 'straggler' as const),
  name: text,
  by: text,
  reason: text,
});
const approval: fc.Arbitrary<Approval> = record({
  gate,
  verdict: of('approved' as const, 'rejected' as const),
  by: text,
  reason: orNull(text),
  at,
});
const cluster: fc.Arbitrary<ClusterStatus> = record({
  stack: text,
  clusterId: orNull(text),
  version: orNull(text),
  mode: orNull(text),
});
const phaseStatus: fc.Arbitrary<PhaseStatus> = record({
  phase,
  state: of('waiting' as const, 'running' as const, 'done' as const, 'skipped' as const, 'failed' as const),
  startedAt: orNull(at),
  endedAt: orNull(at),
  detail: orNull(text),
  evidence: orNull(evidence),
});
const waitingFor: fc.Arbitrary<WaitingFor> = fc.oneof(
  record({ kind: is('gate' as const), gate, since: at, deadline: orNull(at), command: text }),
  record({ kind: is('hold' as const), since: at, phase, reason: text, command: text }),
  record({ kind: is('pause' as const), since: at, by: text, command: text }),
);
const wayBack: fc.Arbitrary<WayBackAsked> = record({
  as: of('rollback' as const, 'cancel' as const),
  by: text,
  reason: orNull(text),
  phase,
  at,
});
const about = {
  outcome: orNull(outcome),
  wayBack: orNull(wayBack),
  ending: orNull(text),
  cluster: text,
  deployment: text,
  workflowId: text,
  runId: text,
  record: text,
  requestedBy: text,
  order: of(...ORDERS),
  stall: orNull(record({ heldAt: at, openedAt: orNull(at) })),
  blue: cluster,
  green: cluster,
  phases: some(phaseStatus),
  approvals: some(approval),
  waivers: some(waiver),
};
const status: fc.Arbitrary<Status> = record({
  ...about,
  phase,
  waitingFor: orNull(waitingFor),
  rollback: record({ possible: fc.boolean(), why: text }),
  attention: some(text),
  ignored: record({ count: id, last: some(record({ at, message: text, why: text })) }),
});
const report: fc.Arbitrary<Report> = record({
  ...about,
  startedAt: at,
  endedAt: at,
  stragglers: some(text),
  ledger: orNull(summary),
  dns: some(record({ server: text, name: text, answer: text, at })),
  stranded: orNull(byName(decimal)),
  evidence: byName(evidence),
  history: record({ events: id, bytes: fc.nat() }),
});

const observation: fc.Arbitrary<Observation> = fc.oneof(
  record({
    kind: is('stragglers' as const),
    topics: some(record({ topic: text, perSecond: fc.integer({ min: 0, max: 1_000_000 }).map(n => n / 10) })),
  }),
  record({
    kind: is('written-while-held' as const),
    topics: some(
      record({ topic: text, cluster: of('blue' as const, 'green' as const), partitions: id, perSecond: fc.nat() }),
    ),
  }),
  record({ kind: is('never-finishes' as const), groups: some(record({ group: text, why: text })) }),
  record({ kind: is('restart-now' as const), groups: some(text) }),
  record({ kind: is('not-on-green' as const), groups: some(text) }),
  record({
    kind: is('not-frozen' as const),
    cluster: of('blue' as const, 'green' as const),
    topics: some(record({ topic: text, why: text })),
  }),
  record({
    kind: is('clear' as const),
    what: of(
      'stragglers' as const,
      'written-while-held' as const,
      'never-finishes' as const,
      'restart-now' as const,
      'not-on-green' as const,
      'not-frozen' as const,
    ),
  }),
);

const inspection: fc.Arbitrary<Inspection> = record({
  plan,
  deployment: orNull(deployment),
  searchAttributes: some(text),
});
const drained: fc.Arbitrary<Drained> = record({
  kind: of('done' as const, 'interrupted' as const),
  detail: text,
  evidence,
  summary,
});

/** By the name of the type. */
export const contractTypes = {
  Deployment: deployment,
  Plan: plan,
  Inspection: inspection,
  Drained: drained,
  Inventory: inventory,
  Dispositions: dispositions,
  FrozenEnds: frozen,
  Ledger: ledger,
  Status: status,
  Report: report,
  RunWaiver: waiver,
  Observation: observation,
} as const;
