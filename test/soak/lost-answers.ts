/**
 * Every API of a broker, one at a time and in every step that uses it: its first answer is lost, never comes, comes late, is
 * outdated, or carries an error that passes. The clusters end as after an undisturbed deployment.
 */
import assert from 'node:assert/strict';
import { type Disturbance, type Rehearsed, rehearse } from '../activities/kafka-rehearsal.ts';
import { apisOf, assertAsUndisturbed, assertStruck } from '../activities/kafka-undisturbed.ts';
import { type FrontedVersion, startFrontedPair } from '../support/fronted-cluster.ts';
import type { KafkaFault, KafkaFaultKind } from '../support/kafka-fault-proxy.ts';

const PASSING = {
  OFFSET_NOT_AVAILABLE: 78,
  NOT_LEADER_OR_FOLLOWER: 6,
  REQUEST_TIMED_OUT: 7,
  COORDINATOR_LOAD_IN_PROGRESS: 14,
  COORDINATOR_NOT_AVAILABLE: 15,
  NOT_COORDINATOR: 16,
  NOT_CONTROLLER: 41,
} as const;

const answering = (code: number, ...apis: string[]): KafkaFault[] =>
  apis.map(api => ({ api, kind: { kind: 'error-after-effect', code } }));

/** Errors that brokers answer while they start, elect and load, and after work that they did and could not confirm in time. */
const passing: readonly { readonly fault: string; readonly faults: readonly KafkaFault[] }[] = [
  {
    fault: 'controllers and leaders have moved, coordinators are loading',
    faults: [
      ...answering(PASSING.NOT_CONTROLLER, 'CreateTopics', 'CreatePartitions', 'DeleteTopics'),
      ...answering(PASSING.NOT_LEADER_OR_FOLLOWER, 'ListOffsets'),
      ...answering(
        PASSING.COORDINATOR_LOAD_IN_PROGRESS,
        'OffsetFetch',
        'OffsetCommit',
        'ListGroups',
        'ListTransactions',
      ),
      ...answering(PASSING.COORDINATOR_NOT_AVAILABLE, 'FindCoordinator'),
      ...answering(PASSING.NOT_COORDINATOR, 'OffsetDelete'),
    ],
  },
  {
    fault: 'what was done is answered as timed out, coordinators have moved, offsets are not available',
    faults: [
      ...answering(
        PASSING.REQUEST_TIMED_OUT,
        'CreateTopics',
        'CreatePartitions',
        'DeleteTopics',
        'IncrementalAlterConfigs',
        'OffsetCommit',
        'DescribeConfigs',
      ),
      ...answering(PASSING.OFFSET_NOT_AVAILABLE, 'ListOffsets'),
      ...answering(PASSING.NOT_COORDINATOR, 'OffsetFetch', 'FindCoordinator', 'ListGroups', 'ListTransactions'),
    ],
  },
];

const each = (kind: KafkaFaultKind, o: { skip?: number; times?: number } = {}): Disturbance => ({
  faults: [{ api: 'each', kind, ...o }],
});
const SOME_SECONDS_MS = 3_000;

const disturbances = (apis: readonly string[]): { readonly fault: string; readonly disturbance: Disturbance }[] => [
  {
    // Not for the smoke test, whose own client would give up at each of them.
    fault: 'every API loses its first two answers',
    disturbance: { faults: [{ api: 'each', client: 'kafka-bluegreen', times: 2, kind: { kind: 'cut-after-effect' } }] },
  },
  { fault: 'every API loses its second answer', disturbance: each({ kind: 'cut-after-effect' }, { skip: 1 }) },
  { fault: 'every API loses its first request', disturbance: each({ kind: 'cut-before-effect' }) },
  { fault: 'every API answers 3 s late at first', disturbance: each({ kind: 'delay', ms: SOME_SECONDS_MS }) },
  { fault: 'every connection is refused for 4 s', disturbance: { refusedForMs: 4_000 } },
  {
    fault: 'brokers tell of configs and topics as they were, several times after a change',
    disturbance: {
      faults: ['DescribeConfigs', 'Metadata'].map(api => ({ api, skip: 1, times: 6, kind: { kind: 'stale' } })),
    },
  },
  ...passing.map(({ fault, faults }) => ({ fault, disturbance: { faults } })),
  ...apis.flatMap(api =>
    (
      [
        ['is lost', { kind: 'cut-after-effect' }],
        ['never comes', { kind: 'silent-after-effect' }],
      ] as const
    ).map(([happens, kind]) => ({
      fault: `the first answer of ${api} ${happens}`,
      disturbance: { faults: [{ api, kind }] },
    })),
  ),
];

/** A case waits for clients that lost an answer most of its time, so several go on at a time, each on clusters of its own. */
export const PAIRS = 3;

export interface LostAnswers {
  /** To be run before the cases: what an undisturbed deployment does. */
  readonly prepare: () => Promise<void>;
  /** Of which at most `PAIRS` may run at a time. */
  readonly cases: readonly { readonly fault: string; readonly title: string; readonly run: () => Promise<void> }[];
  readonly close: () => Promise<void>;
}

/** The cases for one pair of versions, on clusters that are started here and end with the file. To be called at its top level. */
export async function lostAnswers(
  blue: FrontedVersion,
  green: FrontedVersion,
  apis: readonly string[],
): Promise<LostAnswers> {
  const pairs = await Promise.all(Array.from({ length: PAIRS }, () => startFrontedPair(blue, green)));
  const free = [...pairs];
  let undisturbed: readonly Rehearsed[] = [];
  const rehearseOnOne = async (disturbance: Disturbance) => {
    const pair = free.pop();
    assert.ok(pair, `no more than ${PAIRS} cases run at a time`);
    try {
      return await rehearse(pair.fronted, pair.clusters, disturbance);
    } finally {
      free.push(pair);
    }
  };
  const disturb = async (disturbance: Disturbance) => {
    const disturbed = await rehearseOnOne(disturbance);
    const first = (disturbance.faults ?? []).filter(f => f.skip === undefined && f.client === undefined);
    assertStruck(
      disturbed,
      first.flatMap(({ api }) => (api === 'each' ? apis : [api])),
    );
    assertAsUndisturbed(disturbed, undisturbed);
  };
  return {
    prepare: async () => {
      undisturbed = await rehearseOnOne({});
      assert.deepEqual(apisOf(undisturbed), [...apis]);
    },
    cases: disturbances(apis).map(({ fault, disturbance }) => ({
      fault,
      title: `Kafka ${blue.version} to ${green.version}: ${fault}`,
      run: () => disturb(disturbance),
    })),
    close: async () => {
      await Promise.all(pairs.flatMap(({ clusters }) => [clusters.blue.close(), clusters.green.close()]));
    },
  };
}
