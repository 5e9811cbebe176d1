import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { TopicPartitions } from 'kafkajs';
import { type PauseRequest, Pauses } from '../../switching/src/pauses.ts';

interface SubscriptionState {
  assign(topics: readonly TopicPartitions[]): void;
  pause(requests: readonly PauseRequest[]): void;
  resume(requests: readonly PauseRequest[]): void;
  paused(): TopicPartitions[];
}

/** Where kafkajs keeps what is paused. */
const KafkaState = createRequire(import.meta.url)(
  'kafkajs/src/consumer/subscriptionState.js',
) as new () => SubscriptionState;
const RUNS = 2_000;
const assignment = ['orders', 'payments'].map(topic => ({ topic, partitions: [0, 1, 2, 3] }));

const request = fc.record({
  topic: fc.constantFrom('orders', 'payments'),
  partitions: fc.option(fc.uniqueArray(fc.nat(3)), { nil: undefined }),
});
const action = fc.record({ does: fc.constantFrom('pause' as const, 'resume' as const), request });

function assigned(): SubscriptionState {
  const state = new KafkaState();
  state.assign(assignment);
  return state;
}

describe('what is paused', () => {
  it('is the same on a new consumer as where the application paused and resumed it', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 12 }), actions => {
        const [before, pauses] = [assigned(), new Pauses()];
        for (const { does, request: asked } of actions) {
          const { topic, partitions } = asked;
          const one: PauseRequest = partitions === undefined ? { topic } : { topic, partitions };
          before[does]([one]);
          pauses[does]([one]);
        }
        const after = assigned();
        pauses.tell(after);
        assert.deepEqual(after.paused(), before.paused());
      }),
      { numRuns: RUNS },
    );
  });

  it('is nothing after it was cleared', () => {
    const [pauses, state] = [new Pauses(), assigned()];
    pauses.pause([{ topic: 'orders' }]);
    pauses.clear();
    pauses.tell(state);
    assert.deepEqual(state.paused(), []);
    assert.deepEqual(pauses.list(), []);
  });

  it("is refused with kafkajs's errors where topic or partitions are missing", () => {
    const pauses = new Pauses();
    assert.throws(() => pauses.pause([{ topic: '' }]), { name: 'KafkaJSNonRetriableError', message: /Invalid topic/ });
    assert.throws(
      () => pauses.resume([{ topic: 'orders', partitions: [Number.NaN] }]),
      /to resume specific partitions/,
    );
  });
});
