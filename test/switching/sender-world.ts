/** A sender between two clusters in memory, to which a story happens; what became of every record is kept. */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import type { Held } from '../../switching/src/accumulator.ts';
import { type Payload, Sender, type Unknowable } from '../../switching/src/sender.ts';
import { type Appended, FakeCluster, type Fault, INVALID, TOO_LARGE } from './fake-cluster.ts';

const TOPIC = 'orders';
export const PARTITIONS = 3;
const RECORD_BYTES = 100;

type Command =
  | { readonly kind: 'send'; readonly partition: number; readonly flaw: '' | typeof INVALID | typeof TOO_LARGE }
  | { readonly kind: 'turns'; readonly count: number }
  | { readonly kind: 'flip' | 'flip-and-back' | 'hold' | 'resume' }
  | { readonly kind: 'fence' | 'lift' | 'forget'; readonly cluster: number }
  /** The caller of a record waits no more. */
  | { readonly kind: 'withdraw'; readonly which: number }
  /** The cluster that is not written to is deleted. */
  | { readonly kind: 'die' };

const partition = fc.nat(PARTITIONS - 1);
const flaw = fc.oneof(
  { weight: 20, arbitrary: fc.constant('' as const) },
  { weight: 1, arbitrary: fc.constantFrom<typeof INVALID | typeof TOO_LARGE>(INVALID, TOO_LARGE) },
);
const ordinary: fc.WeightedArbitrary<Command>[] = [
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('send' as const), partition, flaw }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 6 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom<'flip' | 'flip-and-back'>('flip', 'flip-and-back') }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom<'hold' | 'resume'>('hold', 'resume') }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom<'fence' | 'lift'>('fence', 'lift'), cluster: fc.nat(1) }),
  },
];
const withdraw = { weight: 3, arbitrary: fc.record({ kind: fc.constant('withdraw' as const), which: fc.nat() }) };
const fault = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Fault>('none') },
  {
    weight: 4,
    arbitrary: fc.constantFrom<Fault>(
      'unsent',
      'request-lost',
      'answer-lost',
      'too-few-replicas',
      'not-leader',
      'not-leader-after-appending',
      'hung',
      'slow-replicas',
      'leader-dies',
      'identity-spent',
      'not-told',
    ),
  },
);

function storyOf(commands: readonly fc.WeightedArbitrary<Command>[]) {
  return fc.record({
    commands: fc.array(fc.oneof(...commands), { minLength: 5, maxLength: 60 }),
    faults: fc.array(fault, { maxLength: 80 }),
  });
}

export const story = storyOf(ordinary);
/** Callers lose their patience too. */
export const impatientStory = storyOf([...ordinary, withdraw]);
/** Long enough for every batch in doubt to be asked after, whatever fails meanwhile: none is sent again when the fence is lifted. */
const UNTIL_ASKED = 60;
/** Leaders forget producers whose batches they took. */
export const forgetfulStory = fc
  .array(
    fc.record({
      commands: fc.array(fc.oneof(...ordinary), { maxLength: 12 }),
      to: partition,
      cluster: fc.nat(1),
      lost: fc.constantFrom<Fault>('answer-lost', 'request-lost', 'hung'),
      faults: fc.array(fault, { maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 2 },
  )
  .map(parts => ({
    commands: parts.flatMap(({ commands, to, cluster }): Command[] => [
      ...commands,
      { kind: 'lift', cluster },
      { kind: 'resume' },
      { kind: 'send', partition: to, flaw: '' },
      { kind: 'turns', count: 6 },
      { kind: 'send', partition: to, flaw: '' },
      { kind: 'turns', count: 2 },
      { kind: 'fence', cluster },
      { kind: 'forget', cluster },
      { kind: 'turns', count: UNTIL_ASKED },
    ]),
    faults: parts.flatMap(({ lost, faults }) => [...faults, lost]),
  }));
/** The cluster is left under load and deleted then, callers lose their patience. */
export const deadlyStory = fc
  .tuple(storyOf([...ordinary, withdraw]), partition, storyOf([...ordinary, withdraw]))
  .map(([before, to, after]) => {
    const death: Command[] = [
      { kind: 'resume' },
      { kind: 'send', partition: to, flaw: '' },
      { kind: 'turns', count: 2 },
      { kind: 'flip' },
      { kind: 'die' },
    ];
    return { commands: [...before.commands, ...death, ...after.commands], faults: before.faults };
  });

export type Fate =
  | 'open'
  | 'acknowledged'
  | { readonly failed: string }
  /** Its caller was told so. */
  | { readonly withdrawn: 'not stored' | 'may be stored' };

export class SenderWorld {
  readonly journal: Appended[] = [];
  readonly fates = new Map<string, Fate>();
  readonly sender: Sender;
  readonly clusters: readonly [FakeCluster, FakeCluster];
  readonly unknowable: Unknowable[] = [];
  /** What every departure so far counted, together. */
  readonly departed = { possiblyDoubled: 0 };
  readonly #held = new Map<string, Held<Payload>>();
  readonly #sent: string[][] = Array.from({ length: PARTITIONS }, () => []);
  #on = 0;

  constructor(faults: readonly Fault[]) {
    const left = faults.values();
    const next = (): Fault => left.next().value ?? 'none';
    this.clusters = [new FakeCluster('blue', this.journal, next), new FakeCluster('green', this.journal, next)];
    this.sender = new Sender({
      maxBatchBytes: 5 * RECORD_BYTES,
      fenced: () => nextTurn(),
      gone: async lane => this.clusters.some(({ id, gone }) => gone && id === lane.clusterId),
      unknowable: records => void this.unknowable.push(records),
      rightMissing: (_, missing) => assert.fail(missing),
      pause: () => nextTurn(),
      settled: () => undefined,
    });
    void this.#use(this.clusters[0]);
  }

  async #use(cluster: FakeCluster): Promise<void> {
    const { possiblyDoubled } = await this.sender.use(cluster.lane());
    this.departed.possiblyDoubled += possiblyDoubled;
  }

  /** Everything of the story, one thing after the other; the buffer is accounted for in every moment between. */
  async live(commands: readonly Command[]): Promise<void> {
    for (const step of commands) {
      await this.#obey(step);
      this.#balance();
    }
  }

  /** Whatever was done to the clusters is taken back, and every record gets its answer. */
  async heal(): Promise<void> {
    for (const cluster of this.clusters) cluster.fenced = false;
    this.sender.resume();
    await this.untilAllIsKnown();
  }

  async untilAllIsKnown(): Promise<void> {
    for (let turn = 0; this.open > 0 || this.sender.records > 0; turn += 1) {
      assert.ok(turn < 2_000, 'a record stays without an answer');
      await nextTurn();
    }
    this.#balance();
  }

  get open(): number {
    let open = 0;
    for (const fate of this.fates.values()) if (fate === 'open') open += 1;
    return open;
  }

  inOrder(of: number): string[] {
    return this.journal.filter(appended => appended.partition === of).map(({ value }) => value);
  }

  sentTo(of: number): readonly string[] {
    return this.#sent[of] ?? [];
  }

  /** What an older lane took comes before what a newer one took, so that a consumer reads one log after the other. */
  assertOneLaneAfterTheOther(): void {
    for (let of = 0; of < PARTITIONS; of += 1) {
      const lanes = this.journal.filter(appended => appended.partition === of).map(({ lane }) => lane);
      assert.deepEqual(
        lanes,
        lanes.toSorted((a, b) => a - b),
        `partition ${of} goes back to a lane it had left`,
      );
    }
  }

  async #obey(step: Command): Promise<void> {
    switch (step.kind) {
      case 'send':
        this.#send(step.partition, step.flaw);
        break;
      case 'turns':
        for (let turn = 0; turn < step.count; turn += 1) await nextTurn();
        break;
      case 'flip-and-back':
        this.#flip();
        this.#flip();
        break;
      case 'flip':
        this.#flip();
        break;
      case 'withdraw':
        this.#withdraw(step.which);
        break;
      case 'die':
        this.#die();
        break;
      case 'hold':
        this.sender.hold('2');
        break;
      case 'resume':
        this.sender.resume();
        break;
      case 'forget':
        this.clusters[step.cluster === 0 ? 0 : 1].forget();
        break;
      case 'fence':
      case 'lift':
        for (const [index, cluster] of this.clusters.entries()) {
          if (index === step.cluster) cluster.fenced = step.kind === 'fence';
        }
    }
  }

  #withdraw(which: number): void {
    const open = [...this.#held].filter(([value]) => this.fates.get(value) === 'open');
    const [value, held] = open[which % open.length] ?? [];
    if (value === undefined || held === undefined) return;
    const { mayBeStored } = this.sender.withdraw(held);
    this.fates.set(value, { withdrawn: mayBeStored ? 'may be stored' : 'not stored' });
  }

  #die(): void {
    for (const [index, cluster] of this.clusters.entries()) if (index !== this.#on) cluster.gone = true;
  }

  #flip(): void {
    if (this.clusters.some(({ gone }) => gone)) return;
    this.#on = 1 - this.#on;
    for (const [index, cluster] of this.clusters.entries()) {
      if (index === this.#on) void this.#use(cluster);
    }
  }

  #balance(): void {
    assert.equal(this.sender.bytes, this.sender.records * RECORD_BYTES, 'the buffer is not the sum of its records');
    const withdrawn = [...this.#held.values()].filter(held => held.withdrawn && held.batch !== null).length;
    assert.ok(this.sender.records >= this.open && this.sender.records <= this.open + withdrawn);
  }

  #send(to: number, how: string): void {
    const sent = this.#sent[to] ?? [];
    const value = `${to}-${sent.length}${how}`;
    sent.push(value);
    this.fates.set(value, 'open');
    let told = false;
    const settle = (fate: Fate): void => {
      assert.ok(!told, `${value} gets a second answer`);
      told = true;
      if (this.fates.get(value) === 'open') this.fates.set(value, fate);
    };
    const held = this.sender.add(TOPIC, to, {
      bytes: RECORD_BYTES,
      compression: 0,
      payload: {
        key: null,
        value,
        timestamp: 0,
        headers: {},
        asker: { stored: () => settle('acknowledged'), failed: error => settle({ failed: error.message }) },
      },
    });
    this.#held.set(value, held);
  }
}
