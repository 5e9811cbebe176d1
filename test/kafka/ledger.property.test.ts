import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type DrainProgress, foldSweep, type GroupStanding, openLedger, seal } from '../../kafka/drain-progress.ts';
import {
  anyWorld,
  commitOf,
  dispositionsOf,
  frozenOf,
  logStartsOf,
  type ModelSweep,
  startOf,
  sweepOf,
  tailsOf,
  type World,
} from './ledger-model.ts';

const RUNS = 10_000;

interface Step {
  readonly sweep: ModelSweep;
  readonly before: DrainProgress;
  readonly progress: DrainProgress;
  readonly standings: readonly GroupStanding[];
}

/** Folds every sweep of the world; `turn` may reorder what is folded. */
function run(w: World, turn: <T>(items: readonly T[]) => readonly T[] = items => items): Step[] {
  const frozen = frozenOf(w);
  const dispositions = dispositionsOf(w);
  let progress = openLedger([]);
  return w.sweeps.map((sweep, number) => {
    const before = progress;
    const seen = sweepOf(w, sweep, number);
    const groups = turn(seen.groups).map(g => (g.kind === 'seen' ? { ...g, commits: turn(g.commits) } : g));
    const folded = foldSweep(
      before,
      {
        frozen: { ...frozen, topics: turn(frozen.topics).map(t => ({ ...t, partitions: turn(t.partitions) })) },
        sweep: { ...seen, topics: turn(seen.topics), groups },
        dispositions: { ...dispositions, topics: turn(dispositions.topics), groups: turn(dispositions.groups) },
        logStarts: logStartsOf(w, sweep),
        tails: sweep.tailsRead ? turn(tailsOf(w)) : [],
      },
      { sweeps: w.enough },
    );
    progress = folded.progress;
    if (sweep.sealing)
      for (const standing of folded.standings)
        if (standing.kind === 'drained') progress = seal(progress, standing, seen.at);
    return { sweep, before, progress, standings: folded.standings };
  });
}

/** What a group was ever seen with: topics, and partitions with a commit. */
interface Ever {
  readonly topics: Set<number>;
  readonly committed: Set<string>;
}

/** The truth, told by the model alone: is it proved by this sweep that the group left no data record behind? */
function provedEmpty(w: World, sweep: ModelSweep, group: number, ever: Ever): boolean {
  const sight = sweep.sights[group]!;
  if (!sweep.complete || sight.kind !== 'seen') return false;
  return w.topics.every((topic, t) => {
    if (topic.disposition !== 'drain' || !ever.topics.has(t)) return true;
    return topic.partitions.every((partition, p) => {
      if (sight.unstable.some(u => u.topic === t && u.partition === p)) return false;
      const start = startOf(w, sweep, t, p);
      if (start === null) return false;
      const end = partition.log.length;
      const preflight = w.preflightEnds[t]![p]!;
      const { start: declared, disposition } = w.groups[group]!;
      const latest = declared === 'latest' && disposition !== 'late' && !ever.committed.has(`${t}/${p}`);
      const uncommitted = latest && preflight > partition.start && preflight <= end ? preflight : partition.start;
      const position = commitOf(w, sight, t, p) ?? uncommitted;
      if (position < start || position > end) return false;
      if (position === end) return true;
      return sweep.tailsRead && !partition.log.slice(position).includes('data');
    });
  });
}

test('A group is drained exactly when N consecutive complete sweeps each proved that no data record is left to it', () => {
  let drainedSeen = 0;
  fc.assert(
    fc.property(anyWorld, w => {
      const ever = w.groups.map((): Ever => ({ topics: new Set(), committed: new Set() }));
      const streaks = w.groups.map(() => 0);
      for (const { sweep, before, standings } of run(w)) {
        w.groups.forEach((group, g) => {
          const standing = standings.find(s => s.group === group.name);
          const excused = group.disposition === 'ephemeral' || group.disposition === 'abandoned';
          if (excused) return assert.equal(standing, undefined, `${group.name} never gates`);
          const sight = sweep.sights[g]!;
          if (sight.kind === 'seen') {
            for (const t of sight.subscribed) ever[g]!.topics.add(t);
            for (const t of w.topics.keys())
              for (const p of w.topics[t]!.partitions.keys())
                if (commitOf(w, sight, t, p) !== null) {
                  ever[g]!.topics.add(t);
                  ever[g]!.committed.add(`${t}/${p}`);
                }
          }
          streaks[g] = provedEmpty(w, sweep, g, ever[g]!) ? (streaks[g] ?? 0) + 1 : 0;
          if (before.sealed.some(s => s.group === group.name)) return;
          assert.equal(
            standing?.kind === 'drained',
            (streaks[g] ?? 0) >= w.enough,
            `${group.name}: ${JSON.stringify(standing)}`,
          );
          if (standing?.kind === 'drained') drainedSeen += 1;
          const known = before.groups.some(b => b.group === group.name) || group.disposition === 'move';
          if (known && sweep.complete && sight.kind === 'absent') assert.equal(standing?.kind, 'vanished');
        });
      }
    }),
    { numRuns: RUNS },
  );
  assert.ok(drainedSeen > RUNS / 10, `only ${drainedSeen} drained groups were tried`);
});

test('What was sealed stays as it was sealed, whatever the group does afterwards', () => {
  let tried = 0;
  fc.assert(
    fc.property(anyWorld, w => {
      for (const { before, progress, standings } of run(w)) {
        for (const sealed of before.sealed) {
          tried += 1;
          const now = progress.sealed.find(s => s.group === sealed.group);
          for (const row of sealed.rows) assert.ok(now?.rows.some(r => isSame(r, row)));
          for (const row of standings.find(s => s.group === sealed.group)?.rows ?? [])
            assert.ok(!sealed.rows.some(r => r.topic === row.topic && r.partition === row.partition));
        }
        for (const row of progress.sealed.flatMap(s => s.rows)) assert.equal(row.state.kind, 'drained');
      }
    }),
    { numRuns: RUNS / 2 },
  );
  assert.ok(tried > RUNS / 20);
});

test('The order of groups, commits, topics, partitions and tails makes no difference', () => {
  fc.assert(
    fc.property(anyWorld, w => {
      const straight = run(w);
      const turned = run(w, items => items.toReversed());
      assert.deepEqual(
        turned.map(s => s.standings),
        straight.map(s => s.standings),
      );
      assert.deepEqual(
        turned.map(s => s.progress.groups),
        straight.map(s => s.progress.groups),
      );
      assert.deepEqual(
        turned.map(s => s.progress.sealed),
        straight.map(s => s.progress.sealed),
      );
    }),
    { numRuns: RUNS / 5 },
  );
});

test('Progress kept as JSON and read back goes on as if nothing had happened', () => {
  fc.assert(
    fc.property(anyWorld, w => {
      for (const { progress } of run(w)) assert.deepEqual(JSON.parse(JSON.stringify(progress)), progress);
    }),
    { numRuns: RUNS / 10 },
  );
});

test('A seen group has one row for every partition of every topic it ever touched, and no other', () => {
  fc.assert(
    fc.property(anyWorld, w => {
      const ever = w.groups.map(() => new Set<string>());
      for (const { sweep, before, standings } of run(w)) {
        w.groups.forEach((group, g) => {
          const sight = sweep.sights[g]!;
          if (sight.kind === 'seen') {
            for (const t of sight.subscribed) ever[g]!.add(w.topics[t]!.name);
            w.topics.forEach((topic, t) => {
              if (topic.partitions.some((_, p) => commitOf(w, sight, t, p) !== null)) ever[g]!.add(topic.name);
            });
          }
          const standing = standings.find(s => s.group === group.name);
          if (standing === undefined || before.sealed.some(s => s.group === group.name)) return;
          const expected = w.topics
            .filter(t => t.disposition === 'drain' && ever[g]!.has(t.name))
            .flatMap(t => t.partitions.map((_, p) => `${t.name}/${p}`));
          assert.deepEqual(
            standing.rows.map(r => `${r.topic}/${r.partition}`),
            expected,
          );
        });
      }
    }),
    { numRuns: RUNS / 5 },
  );
});

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
