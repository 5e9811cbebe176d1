import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { Sender } from '../../switching/src/sender.ts';
import { type Appended, FakeCluster, type Fault } from './fake-cluster.ts';

const TOPIC = 'orders';
const PARTITIONS = 3;
const RECORD_BYTES = 100;

type Command =
  | { readonly kind: 'send'; readonly partition: number }
  | { readonly kind: 'turns'; readonly count: number }
  | { readonly kind: 'flip' | 'hold' | 'resume' }
  | { readonly kind: 'fence' | 'lift'; readonly cluster: number };

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('send' as const), partition: fc.nat(PARTITIONS - 1) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('flip' as const, 'hold' as const, 'resume' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('fence' as const, 'lift' as const), cluster: fc.nat(1) }),
  },
);
const fault = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Fault>('none') },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Fault>(
      'unsent',
      'request-lost',
      'answer-lost',
      'too-few-replicas',
      'identity-spent',
      'not-told',
    ),
  },
);
const story = fc.record({
  commands: fc.array(command, { minLength: 5, maxLength: 60 }),
  faults: fc.array(fault, { maxLength: 80 }),
});

type Fate = 'open' | 'acknowledged' | { readonly failed: string };

class World {
  readonly journal: Appended[] = [];
  readonly fates = new Map<string, Fate>();
  readonly sender: Sender;
  readonly #clusters: readonly [FakeCluster, FakeCluster];
  readonly #sent: number[] = Array.from({ length: PARTITIONS }, () => 0);
  #on = 0;

  constructor(faults: readonly Fault[]) {
    const left = [...faults];
    const next = () => left.shift() ?? 'none';
    this.#clusters = [new FakeCluster('blue', this.journal, next), new FakeCluster('green', this.journal, next)];
    this.sender = new Sender({
      maxBatchBytes: 5 * RECORD_BYTES,
      fenced: () => nextTurn(),
      pause: () => nextTurn(),
      settled: () => undefined,
    });
    void this.sender.use(this.#clusters[0].lane());
  }

  async obey(step: Command): Promise<void> {
    switch (step.kind) {
      case 'send':
        this.#send(step.partition);
        break;
      case 'turns':
        for (let turn = 0; turn < step.count; turn += 1) await nextTurn();
        break;
      case 'flip':
        this.flip();
        break;
      case 'hold':
        this.sender.hold();
        break;
      case 'resume':
        this.sender.resume();
        break;
      case 'fence':
      case 'lift':
        for (const [index, cluster] of this.#clusters.entries()) {
          if (index === step.cluster) cluster.fenced = step.kind === 'fence';
        }
    }
  }

  flip(): void {
    this.#on = 1 - this.#on;
    for (const [index, cluster] of this.#clusters.entries()) {
      if (index === this.#on) void this.sender.use(cluster.lane());
    }
  }

  /** Whatever was done to the clusters is taken back. */
  heal(): void {
    for (const cluster of this.#clusters) cluster.fenced = false;
    this.sender.resume();
  }

  async untilAllIsKnown(): Promise<void> {
    for (let turn = 0; [...this.fates.values()].includes('open'); turn += 1) {
      assert.ok(turn < 20_000, 'a record stays without an answer');
      await nextTurn();
    }
  }

  inOrder(partition: number): string[] {
    return this.journal.filter(appended => appended.partition === partition).map(({ value }) => value);
  }

  sentTo(partition: number): string[] {
    return Array.from({ length: this.#sent[partition] ?? 0 }, (_, nth) => `${partition}-${nth}`);
  }

  #send(partition: number): void {
    const nth = this.#sent[partition] ?? 0;
    this.#sent[partition] = nth + 1;
    const value = `${partition}-${nth}`;
    this.fates.set(value, 'open');
    this.sender.add(TOPIC, partition, {
      bytes: RECORD_BYTES,
      compression: 0,
      payload: {
        record: { key: null, value, timestamp: 0, headers: {} },
        stored: () => void this.fates.set(value, 'acknowledged'),
        failed: error => void this.fates.set(value, { failed: error.message }),
      },
    });
  }
}

describe('a sender', () => {
  test('stores every record once and in order, over any faults, fences, holds and flips, forth and back', async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ commands, faults }) => {
        const world = new World(faults);
        for (const step of commands) await world.obey(step);
        world.heal();
        await world.untilAllIsKnown();
        for (let partition = 0; partition < PARTITIONS; partition += 1) {
          assert.deepEqual(world.inOrder(partition), world.sentTo(partition));
        }
        assert.ok([...world.fates.values()].every(fate => fate === 'acknowledged'));
        assert.equal(world.sender.bytes, 0);
        await world.sender.close();
      }),
      { numRuns: 1_000 },
    );
  });

  test('that is closed at any moment has told of every record truly whether it was stored', async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ commands, faults }) => {
        const world = new World(faults);
        for (const step of commands) await world.obey(step);
        await world.sender.close();
        await world.untilAllIsKnown();
        const stored = new Set(world.journal.map(({ value }) => value));
        assert.equal(stored.size, world.journal.length, 'a record is stored twice');
        for (const [value, fate] of world.fates) {
          if (fate === 'acknowledged') assert.ok(stored.has(value), `${value} was acknowledged and is nowhere`);
          else if (fate !== 'open' && !fate.failed.includes('may or may not')) {
            assert.ok(!stored.has(value), `${value} was said not to be stored, and is`);
          }
        }
        for (let partition = 0; partition < PARTITIONS; partition += 1) {
          const inOrder = world.inOrder(partition);
          assert.deepEqual(inOrder, world.sentTo(partition).slice(0, inOrder.length));
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
