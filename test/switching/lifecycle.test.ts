import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Lifecycle } from '../../switching/src/lifecycle.ts';

/** Begins and ends when it is told to. */
function scene() {
  const told: string[] = [];
  const steps: { readonly done: () => void; readonly fail: (error: Error) => void }[] = [];
  const step = (what: string) => {
    told.push(what);
    return new Promise<void>((done, fail) => steps.push({ done, fail }));
  };
  const life = new Lifecycle({ begin: () => step('begin'), end: after => step(`end of ${after}`) });
  return { told, steps, life };
}

const state = (promise: Promise<void>) =>
  Promise.race([
    promise.then(
      () => 'done',
      () => 'failed',
    ),
    nextTurn('waits'),
  ]);

describe('a client that is connected and disconnected', () => {
  test('connects once for all who ask, none of whom goes on before it has', async () => {
    const { told, steps, life } = scene();
    const both = [life.connect(), life.connect()];
    assert.deepEqual(told, ['begin'], 'it begins at once');
    assert.deepEqual(await Promise.all(both.map(state)), ['waits', 'waits']);
    steps[0]?.done();
    assert.deepEqual(await Promise.all(both.map(state)), ['done', 'done']);
    assert.equal(await state(life.connect()), 'done');
    assert.deepEqual(told, ['begin']);
  });

  test('disconnects once for all who ask, none of whom goes on before it has', async () => {
    const { told, steps, life } = scene();
    const connected = life.connect();
    steps[0]?.done();
    await connected;
    const both = [life.disconnect(), life.disconnect()];
    assert.deepEqual(told, ['begin', 'end of connected']);
    assert.deepEqual(await Promise.all(both.map(state)), ['waits', 'waits']);
    steps[1]?.done();
    assert.deepEqual(await Promise.all(both.map(state)), ['done', 'done']);
    assert.equal(await state(life.disconnect()), 'done');
    assert.deepEqual(told, ['begin', 'end of connected']);
  });

  test('begins anew only when the end before is over, or not at all when it is disconnected meanwhile', async () => {
    const { told, steps, life } = scene();
    const first = life.connect();
    steps[0]?.done();
    await first;
    const ended = life.disconnect();
    const given = life.connect();
    const again = life.disconnect();
    const anew = life.connect();
    assert.deepEqual(told, ['begin', 'end of connected']);
    steps[1]?.done();
    await Promise.all([ended, again]);
    await assert.rejects(given, /disconnect was called/);
    await nextTurn();
    assert.deepEqual(told, ['begin', 'end of connected', 'begin']);
    steps[2]?.done();
    assert.equal(await state(anew), 'done');
  });

  test('that could not begin is ended as such, and can be connected again', async () => {
    const { told, steps, life } = scene();
    const failed = life.connect();
    steps[0]?.fail(new Error('no place'));
    assert.equal(await state(failed), 'waits');
    assert.deepEqual(told, ['begin', 'end of failed']);
    const again = life.connect();
    steps[1]?.done();
    await assert.rejects(failed, /no place/);
    await nextTurn();
    assert.deepEqual(told, ['begin', 'end of failed', 'begin']);
    steps[2]?.done();
    await again;
  });
});
