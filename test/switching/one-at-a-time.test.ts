import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Clock, Turns } from '../../switching/src/one-at-a-time.ts';

const RECORD = 'kafka.orders.example.com';
const going = new AbortController().signal;

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
    const switches = Array.from({ length: 50 }, () =>
      turns.oneAtATime(RECORD, async () => void begun.push(time.now()), going),
    );
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
      turns.oneAtATime(
        RECORD,
        async () => {
          running += 1;
          assert.equal(running, 1);
          await new Promise(resolve => setImmediate(resolve));
          running -= 1;
          if (nth % 2 === 0) throw new Error('cannot');
        },
        going,
      ),
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

  test('wait for no switch of another record', async () => {
    const turns = new Turns(new FakeTime());
    void turns.oneAtATime(RECORD, () => new Promise(() => undefined), going);
    assert.equal(await turns.oneAtATime('kafka.payments.example.com', async () => 'over', going), 'over');
  });

  test('that give up while another switches are over at once, and those behind wait for that other all the same', async () => {
    const turns = new Turns(new FakeTime());
    const other = Promise.withResolvers<undefined>();
    const first = turns.oneAtATime(RECORD, () => other.promise, going);
    const giving = new AbortController();
    let begun = false;
    const given = turns.oneAtATime(RECORD, async () => void (begun = true), giving.signal);
    const behind = turns.oneAtATime(RECORD, async () => 'behind', going);
    giving.abort(new Error('disconnect was called'));
    await assert.rejects(given, /disconnect was called/);
    assert.equal(begun, false);
    assert.equal(await Promise.race([behind, new Promise(resolve => setImmediate(resolve, 'waits'))]), 'waits');
    other.resolve(undefined);
    assert.equal(await behind, 'behind');
    await first;
  });
});
