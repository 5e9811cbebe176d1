/**
 * What the steps of a run report of clusters with this many topics and groups, made by the code that makes it in service: these
 * results travel through history. Names are as long as Kafka allows, and every topic and group has something to say.
 */
import { summarise } from '../../activities/ledger-evidence.ts';
import { planOf } from '../../activities/plan.ts';
import { mostStranded, strandedOffsets } from '../../activities/stranded.ts';
import type { FrozenEnds } from '../../contract/frozen.ts';
import type { LedgerRow } from '../../contract/ledger.ts';
import { parseRequest } from '../../contract/request.ts';
import { disposeAll } from '../../kafka/dispositions.ts';
import type { DrainProgress } from '../../kafka/drain-progress.ts';
import { byDefault, groupOf, inventoryOf, memberOf, topicOf } from '../kafka/facts.ts';
import { evidence, minimalRequest, World } from './doubles.ts';
import type { Double } from './sandbox.ts';

const LONGEST_NAME = 249;
const nameOf = (i: number) => `${i}-`.padEnd(LONGEST_NAME, 'x');

/** `decided` tells whether every topic has a disposition; if not, preflight refuses with a problem for each. */
export function wideResults(count: number, decided: boolean): Record<string, Double> {
  const names = Array.from({ length: count }, (_, i) => nameOf(i));
  const summary = summarise(drainedBy(names), 'cd'.repeat(32));
  const drained = { kind: 'done', detail: `${summary.drained} rows drained`, evidence, summary };
  const stranded = mostStranded(strandedOffsets(frozenAt(names)));
  const doubles = new World().doubles();
  return {
    ...doubles,
    inspect: (...call) => {
      const inspection = doubles.inspect(...call) as object;
      return {
        ...inspection,
        plan: { ...planFor(names, decided), inventory: evidence },
        ...(decided ? {} : { deployment: null }),
      };
    },
    drainFirstGroup: () => drained,
    releaseGroups: (...call) => {
      doubles.releaseGroups(...call);
      return drained;
    },
    freezeGreen: (...call) => ({ ...(doubles.freezeGreen(...call) as object), stranded }),
  };
}

function planFor(names: readonly string[], decided: boolean) {
  const parsed = parseRequest(minimalRequest);
  if (parsed.kind !== 'request') throw new Error('The request of these tests is refused.');
  const { request } = parsed;
  const configs = decided ? {} : { 'cleanup.policy': byDefault('compact') };
  const inventory = inventoryOf({
    topics: names.map(name => topicOf(name, { configs })),
    groups: names.map(name => groupOf(name, { state: 'Stable', members: [memberOf('app+bluegreen', name)] })),
  });
  const disposal = disposeAll(inventory, request, { readRecord: false, waive: request.waive });
  return planOf(request, { problems: disposal.problems, notes: [], inventory, disposal });
}

function frozenAt(names: readonly string[]): FrozenEnds {
  const ends = { leader: 1, leaderEpoch: 1, start: '0', end: '9007199254740993' };
  return {
    clusterId: 'green',
    topics: names.map(topic => ({ topic, frozenAt: '2026-01-01T00:00:00Z', partitions: [{ partition: 0, ...ends }] })),
  };
}

/** One group a topic, each of which has read it. */
function drainedBy(names: readonly string[]): DrainProgress {
  const rowOf = (name: string): LedgerRow => ({
    group: name,
    topic: name,
    partition: 0,
    frozenEnd: '9007199254740993',
    state: { kind: 'drained', committed: '9007199254740993', tail: '0' },
  });
  return {
    target: 'cd'.repeat(32),
    groups: [],
    losses: [],
    sealed: names.map(name => ({ group: name, sealedAt: '2026-01-01T00:00:00Z', sweeps: 3, rows: [rowOf(name)] })),
  };
}
