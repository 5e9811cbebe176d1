import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatSignpost, parseSignpost } from 'kafka-bluegreen-switching/signpost';
import { type Stage, sameContent, signpostOf, stageOf } from '../../activities/signposts.ts';
import { unannounced } from './endpoint.ts';

const deployment = unannounced;

/** The public table of the signpost: what each stage says. */
const table: readonly (readonly [stage: Stage, write: string, read: string, drain: string, by: string])[] = [
  ['announced', 'id-of-a', 'id-of-a', '-', 'abcdef012345'],
  ['flipped', 'id-of-b', 'id-of-a', '-', 'abcdef012345'],
  ['readers-moved', 'id-of-b', 'id-of-b', 'id-of-a', 'abcdef012345'],
  ['closed', 'id-of-b', 'id-of-b', '-', '-'],
  ['returned', 'id-of-a', 'id-of-a', '-', '-'],
  ['writes-held', 'hold', 'id-of-a', '-', 'abcdef012345'],
];

describe('signpostOf()', () => {
  for (const [stage, write, read, drain, by] of table) {
    test(`says write=${write} read=${read} drain=${drain} by=${by} when ${stage}`, () => {
      const text = formatSignpost(signpostOf(stage, deployment, 7n));
      assert.ok(text.startsWith(`v=1 epoch=7 by=${by} write=${write} read=${read} drain=${drain} `), text);
      assert.equal(parseSignpost(text).kind, 'signpost');
    });
  }

  test('names a cluster that is gone, or was never reached, at no stage that is steady', () => {
    assert.ok(!formatSignpost(signpostOf('closed', deployment, 1n)).includes('a.elb'));
    assert.ok(!formatSignpost(signpostOf('returned', deployment, 1n)).includes('b.elb'));
  });

  test('fits into the announcement before green is known', () => {
    const text = formatSignpost(signpostOf('announced', { ...deployment, green: null }, 1n));
    assert.equal(parseSignpost(text).kind, 'signpost');
  });
});

describe('sameContent()', () => {
  test('sees every difference but the epoch', () => {
    const stages = table.map(([stage]) => stage);
    for (const a of stages)
      for (const b of stages)
        assert.equal(sameContent(signpostOf(a, deployment, 1n), signpostOf(b, deployment, 2n)), a === b);
  });
});

describe('stageOf()', () => {
  test('knows every stage of this deployment by what its signpost says, and no other', () => {
    for (const [stage, , , , by] of table) {
      const signpost = signpostOf(stage, deployment, 7n);
      assert.equal(stageOf(deployment, signpost), by === '-' ? null : stage);
      assert.equal(stageOf({ ...deployment, id: 'ffffffffffff' }, signpost), null);
    }
    const turned = { ...signpostOf('flipped', deployment, 7n), read: 'id-of-b' };
    assert.equal(stageOf(deployment, turned), null);
  });

  test('knows the announcement before green is known, and after', () => {
    const early = signpostOf('announced', { ...deployment, green: null }, 7n);
    assert.equal(stageOf({ ...deployment, green: null }, early), 'announced');
    assert.equal(stageOf(deployment, early), 'announced');
  });
});
