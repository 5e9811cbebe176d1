import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Signpost } from 'kafka-bluegreen-switching/signpost';
import { refuseForeignSignpost, refuseUnlessWritten } from '../../activities/foreign-records.ts';
import type { SignpostFound } from '../../activities/read-records.ts';
import { signpostOf } from '../../activities/signposts.ts';
import { endpoint, unannounced } from './endpoint.ts';

const deployment = { ...unannounced, epoch: '7' };
const written = signpostOf('flipped', deployment, 7n);
const found = (signpost: Signpost): SignpostFound => ({
  kind: 'signpost',
  signpost,
  set: { Name: '_bluegreen.kafka.orders.example.com', Type: 'TXT' },
});
const refused = (what: SignpostFound, says: RegExp, type = 'SignpostMoved') => {
  assert.throws(() => refuseForeignSignpost(deployment, what, 7n, written), { type, message: says });
  assert.throws(() => refuseUnlessWritten(deployment, what, 'flipped'), { type, message: says });
};

describe('the signpost of a run', () => {
  test('is the one that it wrote last', () => {
    refuseForeignSignpost(deployment, found(written), 7n, written);
    assert.deepEqual(refuseUnlessWritten(deployment, found(written), 'flipped'), written);
  });

  test('is somebody else’s under any other epoch, be it of this run itself: a worker that wakes late has nothing to do', () => {
    for (const epoch of [6n, 8n])
      refused(found({ ...written, epoch }), /it has epoch \d by abcdef012345, where this run/);
  });

  test('is not another deployment’s, nor one that is gone or cannot be read', () => {
    refused(found({ ...written, by: 'ffffffffffff' }), /it has epoch 7 by ffffffffffff/);
    refused({ kind: 'absent' }, /was deleted by somebody else\. Put it back as TXT "v=1 epoch=7/);
    refused({ kind: 'malformed', reason: 'has 2 values instead of one' }, /it has 2 values/, 'SignpostMalformed');
  });

  test('says nothing that a run never says', () => {
    refused(found({ ...written, drain: endpoint('b').clusterId }), /it says "v=1 epoch=7 .*Put it back as TXT/);
  });

  test('may be anybody’s that is steady before its first change, and nobody else’s', () => {
    const before = { ...deployment, epoch: null };
    refuseForeignSignpost(before, { kind: 'absent' }, null, null);
    refuseForeignSignpost(before, found({ ...written, by: null }), null, null);
    assert.throws(() => refuseForeignSignpost(before, found({ ...written, by: 'ffffffffffff' }), null, null), {
      type: 'SignpostMoved',
      message: /belongs to deployment ffffffffffff/,
    });
  });
});
