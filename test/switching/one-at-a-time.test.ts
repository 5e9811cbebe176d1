import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Clock, Turns } from '../../switching/src/one-at-a-time.ts';

/** Time that goes on only while somebody waits. */
class FakeTime implements Clock {
  #nowMs = 0;

  now(): number {
    return this.#nowMs;
  }

  async wait(durationMs: number): Promise<void> {
    this.#nowMs += durationMs;
  }
}

describe('the new clients of a process', () => {
  test('are never more than five in any second, and begin as early as that allows', async () => {
    const time = new FakeTime();
    const turns = new Turns(time);
    const begun: number[] = [];
    const switches = Array.from({ length: 50 }, () => turns.oneAtATime(async () => void begun.push(time.now())));
    await Promise.all(switches);
    for (const [nth, at] of begun.entries()) {
      assert.ok(begun.filter(other => other > at - 1_000 && other <= at).length <= 5, `the ${nth}th begins too early`);
    }
    assert.equal(begun.at(-1), 9_000);
  });

  test('switch one after the other, also when one fails', async () => {
    const turns = new Turns(new FakeTime());
    let running = 0;
    const switches = Array.from({ length: 8 }, (_, nth) =>
      turns.oneAtATime(async () => {
        running += 1;
        assert.equal(running, 1);
        await new Promise(resolve => setImmediate(resolve));
        running -= 1;
        if (nth % 2 === 0) throw new Error('cannot');
      }),
    );
    const fates = await Promise.allSettled(switches);
    assert.equal(fates.filter(({ status }) => status === 'fulfilled').length, 4);
  });

  test('do not wait for those that gave up', async () => {
    const time = new FakeTime();
    const turns = new Turns(time);
    const given = AbortSignal.abort();
    await Promise.all(Array.from({ length: 30 }, () => turns.newClient(given)));
    await turns.newClient();
    assert.equal(time.now(), 0);
  });
});
