import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Left, mayBeGone } from '../../switching/src/gone.ts';
import type { Signpost } from '../../switching/src/signpost.ts';
import type { Standing } from '../../switching/src/watcher.ts';

const both = new Map([
  ['blue', 'blue.example.com:9092'],
  ['green', 'green.example.com:9092'],
]);
const onlyGreen = new Map([['green', 'green.example.com:9092']]);
const to = (id: string) => ({ kind: 'cluster', id }) as const;

function standing(said: Partial<Signpost>): Standing {
  const steady = { epoch: 3n, by: null, write: to('green'), read: 'green', drain: null, addresses: onlyGreen };
  return { kind: 'signpost', signpost: { ...steady, ...said } };
}

const left = (said: Partial<Left> = {}): Left => ({ clusterId: 'blue', forMs: 60_000, deadlineMs: null, ...said });

describe('a cluster that was left', () => {
  test('is gone if it is silent once the deployment is over and the signpost gives no address of it', () =>
    assert.equal(mayBeGone(standing({}), left()), 'if-silent'));

  for (const [when, seen] of [
    ['its deployment goes on', standing({ by: 'd1' })],
    ['the signpost still gives its address', standing({ addresses: both })],
    ['writers are asked to hold, which may lead back to it', standing({ by: 'd1', write: { kind: 'hold' } })],
    ['a rollback made it the one to write to', standing({ write: to('blue'), addresses: both })],
    ['there is no signpost', { kind: 'absent' }],
    ['no signpost was read yet', null],
  ] as const)
    test(`is not gone while ${when}`, () => assert.equal(mayBeGone(seen, left()), 'no'));

  test("is gone after the application's deadline, also while its deployment goes on, and not before", () => {
    const goingOn = standing({ by: 'd1', addresses: both });
    assert.equal(mayBeGone(goingOn, left({ forMs: 9_999, deadlineMs: 10_000 })), 'no');
    assert.equal(mayBeGone(goingOn, left({ forMs: 10_000, deadlineMs: 10_000 })), 'yes');
  });

  test("is not gone after the application's deadline where a hold or a rollback may need it", () => {
    const late = left({ deadlineMs: 0 });
    assert.equal(mayBeGone(standing({ by: 'd1', write: { kind: 'hold' } }), late), 'no');
    assert.equal(mayBeGone(standing({ write: to('blue'), addresses: both }), late), 'no');
  });
});
