import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { BEGUN, next, type TransactionState } from '../../switching/src/transaction-state.ts';
import { seed } from '../support/seed.ts';

const RUNS = 20_000;
const FAULTS = ['none', 'none', 'request lost', 'answer lost', 'request late', 'busy'] as const;
type Fault = (typeof FAULTS)[number];
type Ends = 'committed' | 'aborted';

/** A transaction coordinator, and the log that its markers are in. */
class Coordinator {
  epoch = 0;
  /** Of the transaction of each epoch that was served, the last one. */
  open = false;
  last: Ends | null = null;
  /** Of the transaction that is open. */
  readonly partitions = new Set<string>();
  /** Of the transactions in the order they were opened: null while one is open. */
  readonly log: (Ends | null)[] = [];

  add(epoch: number, partition: string): 'done' | 'fenced' {
    if (epoch !== this.epoch) return 'fenced';
    if (!this.open) {
      this.log.push(null);
      this.partitions.clear();
    }
    this.open = true;
    this.partitions.add(partition);
    return 'done';
  }

  end(epoch: number, as: Ends): 'done' | 'wrong-state' | 'fenced' {
    if (epoch !== this.epoch) return 'fenced';
    if (!this.open) return this.last === as ? 'done' : 'wrong-state';
    this.#mark(as);
    return 'done';
  }

  /** Another instance, or a transaction that was open for too long. */
  takeOver(): void {
    if (this.open) this.#mark('aborted');
    this.last = null;
    this.epoch += 1;
  }

  #mark(as: Ends): void {
    this.log[this.log.length - 1] = as;
    this.last = as;
    this.open = false;
  }
}

type Command =
  | { readonly kind: 'add' | 'ask'; readonly fault: Fault }
  | { readonly kind: 'commit' | 'abort' | 'take-over' | 'late arrives' | 'gone' };

const fault = fc.constantFrom(...FAULTS);
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('add' as const), fault }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('ask' as const), fault }) },
  { weight: 4, arbitrary: fc.constant({ kind: 'commit' } as const) },
  { weight: 3, arbitrary: fc.constantFrom<Command>({ kind: 'abort' }, { kind: 'take-over' }, { kind: 'gone' }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'late arrives' } as const) },
);

/** One instance's transaction, asked for and answered with faults. */
class World {
  readonly coordinator = new Coordinator();
  state: TransactionState = BEGUN;
  readonly #late: (() => void)[] = [];
  #complete = true;

  run(one: Command): void {
    switch (one.kind) {
      case 'add':
        if (this.state.kind === 'open') this.#add(one.fault);
        return;
      case 'ask':
        return this.#ask(one.fault);
      case 'take-over':
        return this.coordinator.takeOver();
      case 'late arrives':
        return this.#late.shift()?.();
      case 'gone':
        this.state = next(this.state, { kind: 'given-up' });
        return;
      case 'commit':
        // Not before everything was added: until then it is asked for again.
        if (this.#complete) this.state = next(this.state, { kind: 'commit' });
        return;
      case 'abort':
        this.state = next(this.state, { kind: 'abort' });
    }
  }

  /** Until it has ended, and all that was late has arrived. */
  bringToEnd(): void {
    if (this.state.kind === 'open') this.state = next(this.state, { kind: 'abort' });
    while (this.state.kind !== 'ended') this.#ask('none');
    for (const arrives of this.#late.splice(0)) arrives();
  }

  #add(how: Fault): void {
    this.state = next(this.state, { kind: 'touching' });
    const answer = this.#sent(how, () => this.coordinator.add(0, 'first'));
    this.#complete = answer === 'done';
    if (answer === 'unanswered') this.state = next(this.state, { kind: 'unanswered' });
    else if (answer === 'fenced') this.state = next(this.state, { kind: 'abort' });
  }

  #ask(how: Fault): void {
    if (this.state.kind === 'looking') {
      const [found] = this.coordinator.log;
      if (found) this.state = next(this.state, { kind: 'found', in: found });
      else if (found === undefined) this.state = next(this.state, { kind: 'given-up' });
    }
    if (this.state.kind !== 'ending') return;
    const as = this.state.as === 'commit' ? 'committed' : 'aborted';
    const answer = this.#sent(how, () => this.coordinator.end(0, as));
    this.state = next(this.state, answer === 'unanswered' ? { kind: answer } : { kind: 'answered', answer });
  }

  #sent<Answer>(how: Fault, effect: () => Answer): Answer | 'unanswered' | 'later' {
    if (how === 'busy') return 'later';
    if (how === 'request late') this.#late.push(effect);
    if (how === 'answer lost') effect();
    return how === 'none' ? effect() : 'unanswered';
  }
}

describe('a transaction, whatever is lost, late or taken over,', () => {
  test('is told as committed or aborted only when the log holds it so, and for ever', () => {
    const told = { committed: 0, aborted: 0, unknown: 0 };
    fc.assert(
      fc.property(fc.array(command, { maxLength: 14, size: 'max' }), commands => {
        const world = new World();
        for (const one of commands) world.run(one);
        world.bringToEnd();
        assert.equal(world.state.kind, 'ended');
        if (world.state.kind !== 'ended') return;
        told[world.state.as] += 1;
        const logged = world.coordinator.log;
        // What an addition that came too late has opened after it holds no record.
        if (world.state.as === 'committed') assert.ok(logged.length === 0 || logged[0] === 'committed');
        if (world.state.as === 'aborted') assert.ok(!logged.includes('committed'), 'an aborted one is visible');
      }),
      { numRuns: RUNS, seed },
    );
    for (const [as, count] of Object.entries(told)) assert.ok(count > 20, `${as} was told ${count} times`);
  });

  test('leaves nothing on its way that could end the next one of its epoch, or add to it', () => {
    let reused = 0;
    fc.assert(
      fc.property(fc.array(command, { maxLength: 14, size: 'max' }), commands => {
        const world = new World();
        for (const one of commands) {
          world.run(one);
          const { state, coordinator } = world;
          if (state.kind !== 'ended' || !state.reusable || coordinator.epoch !== 0) continue;
          const before = coordinator.log.length;
          coordinator.add(0, 'next');
          world.bringToEnd();
          assert.deepEqual(coordinator.log.slice(before), [null]);
          assert.deepEqual([...coordinator.partitions], ['next']);
          reused += 1;
          return;
        }
      }),
      { numRuns: RUNS, seed },
    );
    assert.ok(reused > 100);
  });

  test('is unknown when nobody tells what became of a commit, and aborted when none was asked for', () => {
    const touched = next(BEGUN, { kind: 'touching' });
    const asked = next(next(touched, { kind: 'commit' }), { kind: 'unanswered' });
    assert.deepEqual(next(asked, { kind: 'given-up' }), { kind: 'ended', as: 'unknown', reusable: false });
    const unasked = next(touched, { kind: 'commit' });
    assert.deepEqual(next(unasked, { kind: 'given-up' }), { kind: 'ended', as: 'aborted', reusable: false });
    const fenced = next(asked, { kind: 'answered', answer: 'fenced' });
    assert.deepEqual(fenced, { kind: 'looking' });
  });
});
