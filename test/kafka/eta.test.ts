import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { follow, paceOf, type Track, whyNever } from '../../kafka/eta.ts';

const track = (...samples: [atMs: number, remaining: number][]): Track => {
  const followed = samples.reduce<Track | null>(
    (t, [atMs, remaining]) => follow(t, { atMs, remaining: String(remaining) }),
    null,
  );
  assert.ok(followed);
  return followed;
};

test('One look tells no pace', () => {
  assert.deepEqual(paceOf(track([0, 100])), { kind: 'unknown' });
});

test('The pace is what was read in the window, and the rest at that pace is the time left', () => {
  assert.deepEqual(paceOf(track([0, 1_000], [10_000, 900], [20_000, 800])), {
    kind: 'moving',
    perSecond: 10,
    etaMs: 80_000,
  });
});

test('A group that reads nothing, or goes back, is stalled since it last moved', () => {
  assert.deepEqual(paceOf(track([0, 100], [10_000, 100])), { kind: 'stalled', forMs: 10_000 });
  assert.deepEqual(paceOf(track([0, 100], [10_000, 90], [80_000, 90], [141_000, 95])), {
    kind: 'stalled',
    forMs: 131_000,
  });
});

test('A track stays small and in order whatever is fed to it', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(10_000_000), fc.nat(1_000)), { minLength: 1, maxLength: 200 }), samples => {
      const { samples: kept, movedAtMs } = track(...samples);
      assert.ok(kept.length <= 122);
      for (const [i, sample] of kept.entries()) if (i > 0) assert.ok(sample.atMs > kept[i - 1]!.atMs);
      assert.ok(movedAtMs <= kept.at(-1)!.atMs);
      const pace = paceOf({ samples: kept, movedAtMs });
      if (pace.kind === 'moving') assert.ok(pace.perSecond > 0 && pace.etaMs >= 0 && Number.isFinite(pace.etaMs));
    }),
  );
});

test('Who will not be done in time is named with what to do', () => {
  const o = { members: 2, leftMs: 3_600_000, patienceMs: 60_000 };
  assert.match(whyNever({ ...o, members: 0, pace: { kind: 'unknown' } }) ?? '', /no members/);
  assert.match(whyNever({ ...o, pace: { kind: 'stalled', forMs: 61_000 } }) ?? '', /read nothing for 61 s/);
  assert.match(whyNever({ ...o, pace: { kind: 'moving', perSecond: 1, etaMs: 7_200_000 } }) ?? '', /needs 7200 s more/);
  assert.equal(whyNever({ ...o, pace: { kind: 'moving', perSecond: 1, etaMs: 3_000 } }), null);
  assert.equal(whyNever({ ...o, pace: { kind: 'stalled', forMs: 5_000 } }), null);
});
