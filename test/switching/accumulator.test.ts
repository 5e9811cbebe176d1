import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Accumulator, type Batch, type Held, type Settlement } from '../../switching/src/accumulator.ts';
import { seed } from '../support/seed.ts';

const MAX_BATCH_BYTES = 1_000;
const TOPICS = ['orders', 'refunds'];
const PARTITIONS = 2;

const settlements: readonly Settlement[] = ['stored', 'refused', 'too-large', 'spoiled', 'unknowable', 'given-up'];
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      topic: fc.constantFrom(...TOPICS),
      partition: fc.nat(PARTITIONS - 1),
      bytes: fc.integer({ min: 1, max: 1_500 }),
      compression: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('take' as const), lane: fc.integer({ min: 1, max: 3 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      which: fc.nat(),
      as: fc.oneof(
        { weight: 3, arbitrary: fc.constant<Settlement>('stored') },
        { weight: 2, arbitrary: fc.constantFrom(...settlements) },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('withdraw' as const), which: fc.nat() }) },
);

/** Everything that must hold whatever happens, kept in the plainest way. */
class Model {
  readonly accumulator = new Accumulator<number>(MAX_BATCH_BYTES);
  readonly open = new Map<number, Held<number>>();
  readonly outstanding: Batch<number>[] = [];
  readonly #ended = new Map<string, number>();
  readonly #sequences = new Map<string, number>();
  #added = 0;

  add(topic: string, partition: number, bytes: number, compression: number): void {
    const payload = (this.#added += 1);
    this.open.set(payload, this.accumulator.add(topic, partition, { payload, bytes, compression }));
  }

  take(lane: number): void {
    for (const queue of this.accumulator.ready) {
      const batch = this.accumulator.take(queue, lane);
      assert.ok(batch !== null, 'a partition that is ready has a batch');
      const name = `${batch.topic} ${batch.partition}`;
      assert.ok(
        !this.outstanding.some(({ topic, partition }) => name === `${topic} ${partition}`),
        `${name}: two at a time`,
      );
      assert.equal(batch.firstSequence, this.#sequences.get(`${name} ${lane}`) ?? 0, 'a gap in the sequences');
      assert.ok(batch.entries.length === 1 || batch.bytes <= MAX_BATCH_BYTES);
      assert.equal(new Set(batch.entries.map(({ compression }) => compression)).size, 1);
      const payloads = batch.entries.map(({ payload }) => payload);
      const oldest = [...this.open.values()].filter(held => held.queue === queue && !held.withdrawn);
      assert.deepEqual(
        payloads,
        oldest.slice(0, payloads.length).map(({ payload }) => payload),
      );
      this.outstanding.push(batch);
    }
  }

  settle(which: number, as: Settlement): void {
    const [batch] = this.outstanding.splice(which % this.outstanding.length, 1);
    assert.ok(batch !== undefined);
    this.accumulator.settle(batch, as);
    const name = `${batch.topic} ${batch.partition}`;
    if (as === 'stored') this.#sequences.set(`${name} ${batch.lane}`, batch.firstSequence + batch.entries.length);
    for (const { payload, withdrawn, mayBeStored } of batch.entries) {
      const ended = as === 'stored' || as === 'given-up';
      if (as === 'unknowable') assert.ok(mayBeStored);
      if (ended || withdrawn) this.open.delete(payload);
      if (!ended) continue;
      assert.ok(payload > (this.#ended.get(name) ?? 0), `${name}: ${payload} ends after a later one`);
      this.#ended.set(name, payload);
    }
  }

  withdraw(which: number): void {
    const held = [...this.open.values()].filter(one => !one.withdrawn).at(which % this.open.size);
    if (held === undefined) return;
    this.accumulator.withdraw(held);
    if (held.batch === null) this.open.delete(held.payload);
  }

  balance(): void {
    const open = [...this.open.values()];
    assert.equal(this.accumulator.records, open.length);
    assert.equal(
      this.accumulator.bytes,
      open.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    for (const lane of [1, 2, 3]) {
      assert.equal(this.accumulator.outstandingOn(lane), this.outstanding.filter(batch => batch.lane === lane).length);
    }
  }
}

describe('an accumulator', () => {
  test('keeps order, one batch a partition, gapless sequences and true accounts, whatever is interleaved', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 80 }), steps => {
        const model = new Model();
        for (const one of steps) {
          if (one.kind === 'add') model.add(one.topic, one.partition, one.bytes, one.compression);
          else if (one.kind === 'take') model.take(one.lane);
          else if (one.kind === 'withdraw') model.withdraw(one.which);
          else if (model.outstanding.length > 0) model.settle(one.which, one.as);
          model.balance();
        }
        while (model.outstanding.length > 0) model.settle(0, 'stored');
        for (let turn = 0; model.open.size > 0; turn += 1) {
          assert.ok(turn < 1_000, 'a record is never taken');
          model.take(1);
          while (model.outstanding.length > 0) model.settle(0, 'stored');
        }
        model.balance();
        assert.equal(model.accumulator.bytes, 0);
      }),
      { numRuns: 10_000, seed },
    );
  });

  test('finds the one record that spoils a batch in as many halves as it takes, and then goes on with whole batches', () => {
    const accumulator = new Accumulator<number>(1_000);
    for (let payload = 0; payload < 64; payload += 1)
      accumulator.add('orders', 0, { payload, bytes: 10, compression: 0 });
    const sizes: number[] = [];
    for (;;) {
      const [queue] = accumulator.ready;
      if (queue === undefined) break;
      const batch = accumulator.take(queue, 1);
      assert.ok(batch);
      sizes.push(batch.entries.length);
      const spoiled = batch.entries.some(({ payload }) => payload === 37);
      if (!spoiled) accumulator.settle(batch, 'stored');
      else accumulator.settle(batch, batch.entries.length > 1 ? 'spoiled' : 'given-up');
    }
    assert.ok(sizes.length <= 2 * Math.log2(64) + 8, `${sizes.length} requests: ${sizes.join(' ')}`);
    for (let payload = 0; payload < 64; payload += 1)
      accumulator.add('orders', 0, { payload, bytes: 10, compression: 0 });
    const [queue] = accumulator.ready;
    assert.equal(queue === undefined ? 0 : accumulator.take(queue, 1)?.entries.length, 64);
  });
});
