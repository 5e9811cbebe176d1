/**
 * A small world to judge ledgers by: partitions as lists of what each offset holds, and groups that do anything between two
 * sweeps. It knows the truth (which offsets hold data) that the ledger has to prove from commits, starts and tails.
 */
import * as fc from 'fast-check';
import type { Dispositions } from '../../contract/dispositions.ts';
import type { FrozenEnds } from '../../contract/frozen.ts';
import type { LogStarts, TailCount } from '../../kafka/ledger.ts';
import type { GroupSight, Sweep } from '../../kafka/sight.ts';

export type Offset = 'data' | 'control' | 'aborted';
export interface ModelPartition {
  readonly log: readonly Offset[];
  readonly start: number;
}
export interface ModelTopic {
  readonly name: string;
  readonly disposition: 'drain' | 'ambient' | 'waive';
  readonly partitions: readonly ModelPartition[];
}
export interface ModelGroup {
  readonly name: string;
  readonly disposition: 'move' | 'ephemeral' | 'abandoned' | 'late';
  readonly start: 'earliest' | 'latest';
}
export interface ModelSight {
  readonly kind: 'absent' | 'unseen' | 'seen';
  readonly subscribed: readonly number[];
  /** By topic, by partition: null is no commit; may exceed the end. */
  readonly commits: readonly (readonly (number | null)[])[];
  readonly unstable: readonly { readonly topic: number; readonly partition: number }[];
}
export interface ModelSweep {
  readonly complete: boolean;
  readonly sights: readonly ModelSight[];
  /** How far each log start moved on, by topic and partition; null: not readable. */
  readonly deleted: readonly (readonly (number | null)[])[];
  /** Every range that a group stands before was read, or none was. */
  readonly tailsRead: boolean;
  readonly sealing: boolean;
}
export interface World {
  readonly topics: readonly ModelTopic[];
  readonly groups: readonly ModelGroup[];
  readonly preflightEnds: readonly (readonly number[])[];
  readonly sweeps: readonly ModelSweep[];
  readonly enough: number;
}

const TOPICS = 3;
const PARTITIONS = 2;
const GROUPS = 3;
const often = <T>(usual: T, rare: T) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constant(rare) });

const anyPartition: fc.Arbitrary<ModelPartition> = fc
  .array(fc.constantFrom<Offset>('data', 'control', 'aborted'), { maxLength: 4 })
  .chain(log => fc.record({ log: fc.constant(log), start: often(0, log.length) }));

const perPartition = <T>(value: fc.Arbitrary<T>) =>
  fc.array(fc.array(value, { minLength: PARTITIONS, maxLength: PARTITIONS }), { minLength: TOPICS, maxLength: TOPICS });

/** Commits lean to the end (4 is the longest log; cut to the partition's own end by `commitOf`). */
const commit = fc.oneof(
  { weight: 8, arbitrary: fc.constant<number | null>(99) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 4 }) },
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constant<number | null>(1_000) },
);

const anySight: fc.Arbitrary<ModelSight> = fc.record({
  kind: fc.oneof(
    { weight: 12, arbitrary: fc.constant<ModelSight['kind']>('seen') },
    { weight: 1, arbitrary: fc.constantFrom<ModelSight['kind']>('absent', 'unseen') },
  ),
  subscribed: fc.subarray([0, 1, 2]),
  commits: perPartition(commit),
  unstable: fc.oneof(
    { weight: 12, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc.array(fc.record({ topic: fc.nat(TOPICS - 1), partition: fc.nat(PARTITIONS - 1) }), {
        maxLength: 1,
      }),
    },
  ),
});

export const anyWorld: fc.Arbitrary<World> = fc.record({
  topics: fc.tuple(
    ...[0, 1, 2].map(i =>
      fc.record({
        name: fc.constant(`t${i}`),
        disposition: fc.oneof(
          { weight: 5, arbitrary: fc.constant('drain' as const) },
          { weight: 1, arbitrary: fc.constantFrom('ambient' as const, 'waive' as const) },
        ),
        partitions: fc.array(anyPartition, { minLength: PARTITIONS, maxLength: PARTITIONS }),
      }),
    ),
  ),
  groups: fc.tuple(
    ...[0, 1, 2].map(i =>
      fc.record({
        name: fc.constant(`g${i}`),
        disposition: fc.oneof(
          { weight: 4, arbitrary: fc.constant('move' as const) },
          { weight: 2, arbitrary: fc.constantFrom('late' as const, 'ephemeral' as const, 'abandoned' as const) },
        ),
        start: fc.constantFrom('earliest' as const, 'latest' as const),
      }),
    ),
  ),
  preflightEnds: perPartition(fc.nat(5)),
  sweeps: fc.array(
    fc.record({
      complete: often(true, false),
      sights: fc.array(anySight, { minLength: GROUPS, maxLength: GROUPS }),
      deleted: perPartition(
        fc.oneof(
          { weight: 20, arbitrary: fc.constant<number | null>(0) },
          { weight: 1, arbitrary: fc.constantFrom(null, 1, 2) },
        ),
      ),
      tailsRead: often(true, false),
      sealing: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  enough: fc.integer({ min: 1, max: 3 }),
});

export function frozenOf(world: World): FrozenEnds {
  return {
    clusterId: 'blue',
    topics: world.topics
      .filter(t => t.disposition !== 'ambient')
      .map(t => ({
        topic: t.name,
        frozenAt: '2026-01-01T00:00:00.000Z',
        partitions: t.partitions.map((p, i) => ({
          partition: i,
          leader: 1,
          leaderEpoch: 0,
          start: String(p.start),
          end: String(p.log.length),
        })),
      })),
  };
}

export function dispositionsOf(world: World): Dispositions {
  return {
    topics: world.topics.map(t => ({ topic: t.name, disposition: t.disposition, historyKept: false, decision: null })),
    groups: world.groups.flatMap(g =>
      g.disposition === 'late'
        ? []
        : [{ group: g.name, disposition: g.disposition, start: g.start, decision: null, switchAware: false }],
    ),
    preflightEnds: Object.fromEntries(world.topics.map((t, i) => [t.name, world.preflightEnds[i]!.map(String)])),
  };
}

export function startOf(world: World, sweep: ModelSweep, topic: number, partition: number): number | null {
  const moved = sweep.deleted[topic]![partition]!;
  return moved === null ? null : world.topics[topic]!.partitions[partition]!.start + moved;
}

export function commitOf(world: World, sight: ModelSight, topic: number, partition: number): number | null {
  const chosen = sight.commits[topic]![partition]!;
  const end = world.topics[topic]!.partitions[partition]!.log.length;
  if (chosen === null) return null;
  return chosen === 1_000 ? end + 1 : Math.min(chosen, end);
}

export function sweepOf(world: World, model: ModelSweep, number: number): Sweep {
  const groups = model.sights.flatMap((s, g): GroupSight[] => {
    const name = world.groups[g]!.name;
    if (s.kind === 'absent') return [];
    if (s.kind === 'unseen') return [{ kind: 'unseen', group: name, reason: 'its coordinator did not answer' }];
    const commits = world.topics.flatMap((t, ti) =>
      t.partitions.flatMap((_, p) => {
        const offset = commitOf(world, s, ti, p);
        return offset === null ? [] : [{ topic: t.name, partition: p, offset: String(offset) }];
      }),
    );
    const member = {
      memberId: 'm',
      clientId: 'c',
      host: 'h',
      subscriptions: s.subscribed.map(i => world.topics[i]!.name),
      assignment: [],
    };
    const unstable = s.unstable.map(u => ({
      topic: world.topics[u.topic]!.name,
      partition: u.partition,
      reason: 'a transaction is open',
    }));
    return [
      {
        kind: 'seen',
        group: name,
        type: 'classic',
        state: 'Stable',
        protocolType: 'consumer',
        members: s.subscribed.length === 0 ? [] : [member],
        commits,
        unstable,
      },
    ];
  });
  const at = new Date(1_767_225_600_000 + number * 1_000).toISOString();
  const topics = world.topics.map(t => t.name);
  return model.complete
    ? { kind: 'complete', at, topics, groups }
    : { kind: 'incomplete', at, topics, groups, reasons: ['broker 2 did not answer'] };
}

export function logStartsOf(world: World, sweep: ModelSweep): LogStarts {
  return Object.fromEntries(
    world.topics.map((t, ti) => [t.name, t.partitions.map((_, p) => startOf(world, sweep, ti, p)?.toString() ?? null)]),
  );
}

/** Every range to the end of every partition, told truly; of ranges with data a cheap reader may only say that there is some. */
export function tailsOf(world: World): TailCount[] {
  return world.topics.flatMap(t =>
    t.partitions.flatMap((p, partition) =>
      p.log.map((_, from) => {
        const records = p.log.slice(from).filter(o => o === 'data').length;
        const range = { topic: t.name, partition, from: String(from), to: String(p.log.length) };
        return {
          ...range,
          data:
            records > 1
              ? { kind: 'at-least' as const, records: '1' }
              : { kind: 'counted' as const, records: String(records) },
        };
      }),
    ),
  );
}
