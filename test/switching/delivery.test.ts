import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Accumulator, type Batch } from '../../switching/src/accumulator.ts';
import { type Destination, deliver, type Outcome, type Surroundings } from '../../switching/src/delivery.ts';
import { UnknownTopic } from '../../switching/src/errors.ts';
import { NotSent } from '../../switching/src/not-sent.ts';
import type { WireRecord } from '../../switching/src/record-batch.ts';
import { RightMissing } from '../../switching/src/right-missing.ts';

const FIRST = 0;
const LATER = 1;
const TOO_LONG = 200;

function batchOf(which: typeof FIRST | typeof LATER, records = 1): Batch<WireRecord> {
  const accumulator = new Accumulator<WireRecord>(1_000);
  const record = { key: 'k', value: 'v', timestamp: 0, headers: {} };
  for (let nth = 0; ; nth += 1) {
    for (let one = 0; one < records; one += 1)
      accumulator.add('orders', 0, { payload: record, bytes: 100, compression: 0 });
    const [queue] = accumulator.ready;
    assert.ok(queue);
    const batch = accumulator.take(queue, 1);
    assert.ok(batch);
    if (nth === which) return batch;
    accumulator.settle(batch, 'stored');
  }
}

const refusal = (type: string): Error => Object.assign(new Error(type), { type });

/** A leader of a topic that is fenced, or allows no such record; what it may not be asked it refuses. */
function leader(how: {
  readonly limit: number;
  readonly tells?: 'everything' | 'nothing';
  readonly holds?: number | 'none';
  readonly loses?: number;
}) {
  const asked = { produces: 0, limits: 0, probes: 0, sights: 0 };
  const destination: Destination = {
    produce: async () => {
      asked.produces += 1;
      if (asked.produces <= (how.loses ?? 0)) throw new Error('the connection closed');
      if (how.limit < 100) throw refusal('MESSAGE_TOO_LARGE');
      return { baseOffset: '7' };
    },
    sightOf: async () => {
      asked.sights += 1;
      if (how.tells === 'nothing') throw new RightMissing('READ', 'orders', 'the fate of a batch');
      return { lastSequence: how.holds ?? 'none', replicated: true };
    },
    maxMessageBytes: async () => {
      asked.limits += 1;
      if (how.tells === 'nothing') throw refusal('TOPIC_AUTHORIZATION_FAILED');
      return how.limit;
    },
    takesLittle: async () => {
      asked.probes += 1;
      return how.limit > 78;
    },
    forgetLeaders() {},
  };
  return { asked, destination };
}

async function delivered(
  batch: Batch<WireRecord>,
  destination: Destination,
  more: Partial<Surroundings> = {},
): Promise<Outcome | 'still going on'> {
  const givingUp = new AbortController();
  let pauses = 0;
  const pause = async () => {
    pauses += 1;
    if (pauses > TOO_LONG) givingUp.abort();
    await nextTurn();
  };
  const outcome = await deliver(batch, destination, {
    wanted: () => !givingUp.signal.aborted,
    reached: () => undefined,
    gone: async () => false,
    fenced: pause,
    pause,
    rightMissing: () => undefined,
    givingUp: givingUp.signal,
    ...more,
  });
  return outcome.kind === 'given-up' ? 'still going on' : outcome;
}

describe('a batch on its way', () => {
  test('fails for its size also where the topic tells its limit to nobody without the right', async () => {
    const { asked, destination } = leader({ limit: 90, tells: 'nothing' });
    const outcome = await delivered(batchOf(FIRST), destination);
    assert.ok(outcome !== 'still going on' && outcome.kind === 'failed', JSON.stringify(outcome));
    assert.match(outcome.error.message, /MESSAGE_TOO_LARGE/);
    assert.ok(asked.produces <= 5);
  });

  test('waits under a fence also where the topic tells its limit to nobody without the right', async () => {
    const { destination } = leader({ limit: 1, tells: 'nothing' });
    let looks = 0;
    const outcome = await delivered(batchOf(FIRST), destination, {
      wanted: () => looks < 3,
      fenced: async () => void (looks += 1),
    });
    assert.deepEqual(outcome, { kind: 'refused', resolved: false });
    assert.equal(looks, 3);
  });

  test('is not sent again and again while the fence stands: only the limit is asked', async () => {
    const { asked, destination } = leader({ limit: 78 });
    let looks = 0;
    await delivered(batchOf(FIRST), destination, { wanted: () => looks < 20, fenced: async () => void (looks += 1) });
    assert.equal(asked.produces, 1);
    assert.ok(asked.limits >= 19);
  });

  test('is sent again when the fence was lifted', async () => {
    const how = { limit: 1 };
    const { asked, destination } = leader(how);
    let looks = 0;
    const outcome = await delivered(
      batchOf(FIRST),
      {
        ...destination,
        produce: (...given) => (how.limit === 1 ? destination.produce(...given) : Promise.resolve({ baseOffset: '3' })),
        maxMessageBytes: async () => how.limit,
      },
      {
        fenced: async () => {
          looks += 1;
          if (looks === 5) how.limit = 1_000_000;
        },
      },
    );
    assert.deepEqual(outcome, { kind: 'stored', batch: { baseOffset: '3' }, resolved: false });
    assert.equal(asked.produces, 1);
  });

  test('in doubt, of a producer that the leader holds nothing of, is not stored when it was its first', async () => {
    const { destination } = leader({ limit: 1, loses: 1 });
    let looks = 0;
    const outcome = await delivered(batchOf(FIRST), destination, {
      wanted: () => looks < 1,
      fenced: async () => void (looks += 1),
    });
    assert.deepEqual(outcome, { kind: 'refused', resolved: true });
  });

  test('in doubt, of a producer that the leader acknowledged batches of and has forgotten, cannot be known', async () => {
    const { destination } = leader({ limit: 1, loses: 1 });
    assert.deepEqual(await delivered(batchOf(LATER), destination), { kind: 'unknowable', because: 'forgotten' });
  });

  test('in doubt, that may not be asked after, stays in doubt, and the missing right is told', async () => {
    const { destination } = leader({ limit: 1, loses: 1, tells: 'nothing' });
    const told: RightMissing[] = [];
    const outcome = await delivered(batchOf(FIRST), destination, { rightMissing: missing => void told.push(missing) });
    assert.equal(outcome, 'still going on');
    assert.match(told[0]?.message ?? '', /READ on topic orders/);
  });

  for (const inDoubt of [false, true])
    test(`whose topic is deleted fails, and ${inDoubt ? 'may be' : 'was not'} stored`, async () => {
      let requests = 0;
      const { destination } = leader({ limit: 1_000_000 });
      const outcome = await delivered(batchOf(FIRST, 3), {
        ...destination,
        produce: async () => {
          requests += 1;
          if (inDoubt && requests === 1) throw new Error('the connection closed');
          throw new NotSent(new UnknownTopic('orders'));
        },
      });
      assert.ok(outcome !== 'still going on' && outcome.kind === 'failed', JSON.stringify(outcome));
      assert.match(outcome.error.message, /orders/);
      assert.match(outcome.error.message, inDoubt ? /3 records .* may or may not have been stored/ : /were not stored/);
    });

  test('goes on when its topic was only unknown to a broker for a moment', async () => {
    const { destination } = leader({ limit: 1_000_000 });
    let requests = 0;
    const outcome = await delivered(batchOf(FIRST), {
      ...destination,
      produce: async (...given) => {
        requests += 1;
        if (requests % 7 !== 0) throw new NotSent(new UnknownTopic('orders'));
        return destination.produce(...given);
      },
    });
    assert.equal(outcome !== 'still going on' && outcome.kind, 'stored');
  });
});
