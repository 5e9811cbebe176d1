import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EachBatchHandler, EachBatchPayload } from 'kafkajs';
import { surround } from '../../switching/src/handlers.ts';

const offsets = ['10', '11', '12'];

/** Hands a batch of three to the handler; what it resolved, and how many count as handled. */
async function hand(eachBatch: EachBatchHandler, state: { running?: boolean; stale?: boolean; auto?: boolean } = {}) {
  const resolved: string[] = [];
  let handled = 0;
  const config = surround(
    { eachBatch, ...(state.auto === undefined ? {} : { eachBatchAutoResolve: state.auto }) },
    {
      enter: handler => handler(),
      pause() {},
      resume() {},
      delivered() {},
      handled: messages => {
        handled += messages;
      },
    },
  );
  assert.equal(config.eachBatchAutoResolve, false);
  const payload = {
    batch: {
      topic: 'orders',
      partition: 0,
      messages: offsets.map(offset => ({ offset })),
      // A transaction marker stands behind the last message.
      lastOffset: () => '13',
    },
    resolveOffset: (offset: string) => void resolved.push(offset),
    isRunning: () => state.running ?? true,
    isStale: () => state.stale ?? false,
  } as unknown as EachBatchPayload;
  const failure: unknown = await config.eachBatch?.(payload).catch((error: unknown) => error);
  return { resolved, handled, failure };
}

/** As the documentation of kafkajs has it. */
const careful: EachBatchHandler = async payload => {
  for (const { offset } of payload.batch.messages) {
    if (!payload.isRunning() || payload.isStale()) break;
    payload.resolveOffset(offset);
  }
};
const careless: EachBatchHandler = async () => {};

describe('a batch', () => {
  it('resolves itself to its end when its handler was through with it', async () => {
    assert.deepEqual((await hand(careful)).resolved, ['10', '11', '12', '13']);
    assert.deepEqual(await hand(careless), { resolved: ['13'], handled: 3, failure: undefined });
  });

  it('does not when the handler was told that the consumer stops, or that a seek made the batch stale', async () => {
    assert.deepEqual(await hand(careful, { running: false }), { resolved: [], handled: 0, failure: undefined });
    assert.deepEqual(await hand(careful, { stale: true }), { resolved: [], handled: 0, failure: undefined });
  });

  it('does when the consumer stops and the handler never asked: it went through the whole batch', async () => {
    assert.deepEqual((await hand(careless, { running: false })).resolved, ['13']);
  });

  it('never does where the application turned that off', async () => {
    assert.deepEqual(await hand(careless, { auto: false }), { resolved: [], handled: 0, failure: undefined });
    assert.deepEqual((await hand(careful, { auto: false })).resolved, offsets);
  });

  it('counts what was resolved before the handler failed, and hands the failure on', async () => {
    const failing: EachBatchHandler = async payload => {
      payload.resolveOffset('10');
      throw new Error('the table is gone');
    };
    const { resolved, handled, failure } = await hand(failing);
    assert.deepEqual([resolved, handled], [['10'], 1]);
    assert.match(String(failure), /the table is gone/);
  });
});
