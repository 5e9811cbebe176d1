import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseSignpost, type Signpost } from '../../switching/src/signpost.ts';
import type { SignpostLookup } from '../../switching/src/signpost-lookup.ts';
import { look, NOTHING_SEEN, type Sight } from '../../switching/src/signpost-sight.ts';

function post(epoch: number, write = 'a'): Signpost {
  const parsed = parseSignpost(
    `v=1 epoch=${epoch} by=- write=${write} read=a drain=- a=a.example.com:9092 b=b.example.com:9092`,
  );
  if (parsed.kind !== 'signpost') throw new Error(parsed.reason);
  return parsed.signpost;
}
const found = (epoch: number, write?: string): SignpostLookup => ({ kind: 'signpost', signpost: post(epoch, write) });
const seen = (epoch: number): Sight => ({ kind: 'seen', signpost: post(epoch) });
const failed: SignpostLookup = { kind: 'failed', reason: 'ESERVFAIL' };

const lookup: fc.Arbitrary<SignpostLookup> = fc.oneof(
  fc.tuple(fc.nat({ max: 9 }), fc.constantFrom('a', 'b', 'hold')).map(([epoch, write]) => found(epoch, write)),
  fc.constantFrom<SignpostLookup>(
    { kind: 'absent' },
    failed,
    { kind: 'malformed', reason: 'no epoch' },
    { kind: 'ambiguous', values: 2 },
  ),
);

describe('signpost sight', () => {
  it('takes only higher epochs for news, and each of them once', () => {
    fc.assert(
      fc.property(fc.array(lookup, { maxLength: 40 }), lookups => {
        let sight = NOTHING_SEEN;
        const news: bigint[] = [];
        for (const one of lookups) {
          const before = sight;
          const after = look(sight, one);
          sight = after.sight;
          if (after.notice.kind === 'news') news.push(after.notice.signpost.epoch);
          else assert.deepEqual(sight, before);
          if (after.notice.kind === 'absent') assert.equal(before.kind, 'none');
        }
        assert.ok(news.every((epoch, at) => at === 0 || epoch > (news[at - 1] ?? 0n)));
        const epochs = lookups.flatMap(one => (one.kind === 'signpost' ? [one.signpost.epoch] : []));
        assert.equal(
          sight.kind === 'seen' ? sight.signpost.epoch : null,
          epochs.toSorted((a, b) => Number(b - a))[0] ?? null,
        );
      }),
      { numRuns: 2_000 },
    );
  });

  for (const [title, sight, lookedUp, notice] of [
    ['believes an absence only before any signpost was seen', NOTHING_SEEN, { kind: 'absent' }, { kind: 'absent' }],
    [
      'stays when a signpost it saw is gone',
      seen(7),
      { kind: 'absent' },
      { kind: 'stay', reason: 'the signpost of epoch 7 is gone' },
    ],
    ['never takes a failed lookup for an absence', NOTHING_SEEN, failed, { kind: 'stay', reason: 'ESERVFAIL' }],
    [
      'alarms when there are two values',
      seen(7),
      { kind: 'ambiguous', values: 2 },
      { kind: 'alarm', reason: 'the signpost has 2 values; it must have one' },
    ],
    [
      'alarms when one epoch has two contents',
      seen(7),
      found(7, 'b'),
      { kind: 'alarm', reason: 'the signpost of epoch 7 has two contents' },
    ],
    [
      'stays when an older epoch comes out of some cache',
      seen(7),
      found(6, 'b'),
      { kind: 'stay', reason: 'the signpost of epoch 6 is older than epoch 7, seen before' },
    ],
  ] as const)
    it(title, () => {
      const after = look(sight, lookedUp);
      assert.deepEqual(after.notice, notice);
      assert.deepEqual(after.sight, sight);
    });
});
