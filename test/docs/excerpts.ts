/** What the pages show: the renderers' own output on a deployment as it may be, by the name of the excerpt. */
import { createHash } from 'node:crypto';
import { groupsSplit } from '../../activities/hold-on-green.ts';
import { changes } from '../../client/watch.ts';
import type { Deployment } from '../../contract/deployment.ts';
import type { Plan } from '../../contract/plan.ts';
import type { Report } from '../../contract/report.ts';
import type { PhaseStatus, Status } from '../../contract/status.ts';
import { renderCurrentDetails } from '../../report/current-details.ts';
import { renderFindings } from '../../report/diagnosis-text.ts';
import { describeEnding } from '../../report/ending.ts';
import { describeObservation } from '../../report/observations.ts';
import { renderPlan } from '../../report/plan-text.ts';
import { renderReport } from '../../report/report-text.ts';
import { type LiveStep, renderStatus } from '../../report/status-text.ts';
import { atTheFlip } from '../report/statuses.ts';

const DEPLOYMENT = '9b1f0c5a7d31';
const at = (clock: string) => (clock.includes('T') ? `${clock}Z` : `2026-03-14T${clock}Z`);
const sha256 = (what: string) => createHash('sha256').update(what).digest('hex');
const ref = (what: string) => ({ ref: `sha256:${sha256(what)}`, sha256: sha256(what), bytes: 48_213 });

/** Each phase as it was left, with its times and what it says. */
const done: readonly (readonly [phase: PhaseStatus['phase'], from: string, to: string, detail: string])[] = [
  ['preflight', '09:00:00', '09:00:06', '12 topics to drain, 4 groups to move, nothing in the way'],
  [
    'provision',
    '09:00:06',
    '09:07:41',
    '3 brokers of Kafka 4.3.1 (kraft), cluster MkU3OEVBNTcwNTJENDM2Qg; kafka.orders.example.com → kafka-orders-a, signpost announced',
  ],
  [
    'parity',
    '09:07:41',
    '09:07:52',
    '12 topics created, 19 overrides set; 4 groups seeded (74 offsets), tickets held; 12 topics compared, no difference',
  ],
  ['smoke', '09:07:52', '09:08:03', '60 records in order over 3 brokers, transaction and rebalance work'],
  ['approval', '09:08:03', '09:31:20', 'approved by grace'],
  [
    'flip',
    '09:31:20',
    '09:31:58',
    'keep on 12 topics of both clusters; kafka.orders.example.com → kafka-orders-b, signpost flipped; 4 DNS servers answer with green',
  ],
  ['settle', '09:31:58', '09:33:12', '12 topics quiet for 30s'],
  ['freeze', '09:33:12', '09:33:19', '12 topics (74 partitions) fenced and frozen'],
  ['drain', '09:33:19', '09:33:52', 'group audit has read blue to its frozen ends'],
  [
    'release',
    '09:33:52',
    '09:35:07',
    '4 groups released, every row drained; kafka.orders.example.com → kafka-orders-b, signpost readers-moved; none of 4 groups has members on blue',
  ],
  ['bake', '09:35:07', '10:35:08', 'baked in full; 12 topics of green have their own retention again'],
  [
    'decommission',
    '10:35:08',
    '2026-03-15T11:02:44',
    'fence proved on 12 topics, ends unmoved, 74 rows of the ledger drained, no members on blue; 3 instances of kafka-orders-a stopped; stack kafka-orders-a deleted; kafka.orders.example.com → kafka-orders-b, signpost closed',
  ],
];

/** The phases of a run that is in the one at this place; the first `count` are over. */
function phases(count: number, runningDetail: string | null = null): PhaseStatus[] {
  return done.map(([phase, from, to, detail], i) => ({
    phase,
    state: i < count ? 'done' : i === count && count < done.length ? 'running' : 'waiting',
    startedAt: i <= count ? at(from) : null,
    endedAt: i < count ? at(to) : null,
    detail: i < count ? detail : i === count ? runningDetail : null,
    evidence: null,
  }));
}

const status: Status = {
  ...atTheFlip,
  deployment: DEPLOYMENT,
  runId: '01a1fd73-0cd5-7000-8000-9b1f0c5a7d31',
  phases: phases(4),
  waitingFor: {
    kind: 'gate',
    gate: 'flip',
    since: at('09:08:03'),
    deadline: '2026-03-17T09:08:03Z',
    command: atTheFlip.waitingFor?.command ?? '',
  },
};

const draining: Status = {
  ...status,
  phase: 'release',
  phases: phases(9),
  waitingFor: null,
  rollback: {
    possible: false,
    why: 'The first group was already released to green: going back now would leave records that it read there. Go on, or hold.',
  },
  attention: [
    describeObservation({
      kind: 'never-finishes',
      groups: [{ group: 'reports', why: 'it has no members; start it, or waive it' }],
    }),
  ],
};

const sweeping: LiveStep = {
  step: 'releaseGroups',
  attempt: 1,
  lastFailure: null,
  details: {
    phase: 'release',
    groupsOpen: 2,
    worst: [
      { group: 'reports', state: 'behind', left: '184212', perSecond: 0 },
      { group: 'billing', state: 'behind', left: '310', perSecond: 21.4, eta: '15s' },
    ],
  },
};

const holding: Status = {
  ...status,
  phase: 'settle',
  phases: phases(6),
  waitingFor: {
    kind: 'hold',
    phase: 'settle',
    since: '2026-03-15T09:32:30Z',
    reason:
      'Blue was still written after 24h: payments (3.2/s). Restart their producers, then resume; or waive each topic as a straggler, and its producers get errors from the fence on.',
    command: `temporal workflow update execute --workflow-id kafka-bluegreen-orders --name resume --input '{"by":"YOU"}'`,
  },
};

const report: Report = {
  ...status,
  outcome: 'deployed',
  ending: 'Deployed: green (kafka-orders-b) is in service, and blue (kafka-orders-a) was deleted.',
  phases: phases(done.length),
  approvals: [
    { gate: 'flip', verdict: 'approved', by: 'grace', reason: null, at: at('09:31:20') },
    { gate: 'decommission', verdict: 'approved', by: 'grace', reason: 'a quiet hour', at: at('10:59:02') },
  ],
  startedAt: at('09:00:00'),
  endedAt: at('2026-03-15T11:02:44'),
  stragglers: ['payments'],
  ledger: { rows: 74, drained: 74, groups: 4, sha256: sha256('ledger') },
  dns: [
    {
      server: '205.251.196.19:53',
      name: 'kafka.orders.example.com',
      answer: 'kafka-orders-b.elb.example.com',
      at: at('09:31:57'),
    },
  ],
  stranded: null,
  evidence: { inventory: ref('inventory'), ledger: ref('ledger') },
  history: { events: 203, bytes: 95_232 },
};

const plan: Plan = {
  cluster: 'orders',
  problems: [],
  notes: [
    'Stack kafka-orders-a has termination protection: the run will hold before it deletes blue. If it may go then, lift it: aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name kafka-orders-a',
  ],
  paste: null,
  topics: { drain: 12, ambient: 2, waive: 1, undecided: 0 },
  groups: { move: 4, ephemeral: 1, abandoned: 0, external: 0, undecided: 0 },
  steps: [
    'create stack kafka-orders-b from kafka-orders-a, 2 parameters changed',
    'lower the TTL of kafka.orders.example.com to 5s and publish its signpost',
    'make the topics, configs, seeds and held tickets on kafka-orders-b, and compare',
    'produce, consume, commit a transaction and rebalance through its load balancer',
    'wait for the approval of the flip',
    'flip kafka.orders.example.com to kafka-orders-b, then wait 30s and until blue is quiet for 30s',
    'fence kafka-orders-a, record its frozen ends, read it to them with every group, release each group',
    'bake for 1h, wait for the approval of the deletion, keep kafka-orders-a stopped for 24h, delete it',
  ],
  historyKeptMs: 0,
  inventory: null,
};

const refused: Plan = {
  ...plan,
  notes: [],
  topics: { ...plan.topics, drain: 11, undecided: 1 },
  problems: [
    {
      on: 'topic customer-profiles',
      problem: 'has no disposition: it is compacted, so its readers may need records they read long ago.',
      remedy:
        'Add a rule to topics, such as {"match":"customer-profiles","disposition":"waive","by":"<who>","reason":"<why>"}; or "drain" if its groups read everything they need before blue goes.',
    },
  ],
  paste: {
    topics: [{ match: 'customer-profiles', disposition: 'waive', by: '<who>', reason: '<why>' }],
    groups: [],
    waive: [],
  },
};

const untilTheFlip = changes({ ...status, phases: phases(3), waitingFor: null }, status);

const rolledBack = describeEnding(
  {
    ...status,
    wayBack: { as: 'rollback', by: 'grace', reason: 'orders are slow on green', phase: 'settle', at: at('09:32:40') },
  },
  { outcome: 'rolled-back', green: null, stranded: { orders: '411', payments: '142' } },
);

const withReadRecord = { readRecord: 'kafka-read.orders.example.com' } as Deployment;

/** By the name that stands before the block in the page. */
export const EXCERPTS: Readonly<Record<string, string>> = {
  plan: renderPlan(plan).join('\n'),
  'plan with a problem': renderPlan(refused).slice(11, 14).join('\n'),
  status: renderStatus(status, [], Date.parse(at('09:20:03'))).join('\n'),
  'status in release': renderStatus(draining, [sweeping], Date.parse(at('09:34:40')))
    .slice(11)
    .join('\n'),
  'status in a hold': renderStatus(holding, [], Date.parse('2026-03-15T09:40:30Z')).slice(15).join('\n'),
  watch: untilTheFlip.map(line => `09:08:03 ${line}`).join('\n'),
  details: renderCurrentDetails(status).split('\n').slice(-5).join('\n'),
  report: renderReport(report).join('\n'),
  stragglers: describeObservation({ kind: 'stragglers', topics: [{ topic: 'orders', perSecond: 12.5 }] }),
  'written while held': describeObservation({
    kind: 'written-while-held',
    topics: [
      { topic: 'orders', cluster: 'blue', partitions: 3, perSecond: 12.5 },
      { topic: 'payments', cluster: 'green', partitions: 1, perSecond: 2 },
    ],
  }),
  split: groupsSplit(withReadRecord, new Map([['billing', '1 member, 37 offsets read']])).message,
  'rolled back': rolledBack,
  doctor: renderFindings([
    { on: 'Temporal', state: 'good', saw: 'temporal.example.com:7233, server 1.32.0', remedy: null },
    {
      on: 'namespace',
      state: 'trouble',
      saw: 'kafka keeps ended runs for 3 days only: their reports go, and a terminated run can no longer be resumed.',
      remedy: 'temporal operator namespace update --namespace kafka --retention 7d',
    },
    { on: 'worker', state: 'good', saw: '1 polls task queue kafka-bluegreen', remedy: null },
  ]).join('\n'),
};
