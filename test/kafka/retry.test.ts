import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KafkaTrouble } from '../../kafka/errors.ts';
import { askAgain, patiently, pauseFor, until } from '../../kafka/retry.ts';

const loading = new KafkaTrouble('The coordinator is loading.', { kind: 'other', retriable: true });
const refused = new KafkaTrouble('Not allowed.', { kind: 'refused', retriable: false });

describe('patiently', () => {
  it('tries again while the trouble may pass', async () => {
    let calls = 0;
    const result = await patiently('read', () => (++calls < 3 ? Promise.reject(loading) : Promise.resolve('read')));
    assert.equal(result, 'read');
    assert.equal(calls, 3);
  });

  it('gives up at once on what can never succeed, and in time on what does not', async () => {
    let calls = 0;
    const failing = (trouble: KafkaTrouble) => () => {
      calls += 1;
      return Promise.reject(trouble);
    };
    await assert.rejects(patiently('read', failing(refused)), refused);
    assert.equal(calls, 1);
    await assert.rejects(patiently('read', failing(loading), { withinMs: 150 }), loading);
    assert.equal(calls, 3);
  });

  it('tries twice at least, for a lost answer may take all of the time to be noticed', async () => {
    let calls = 0;
    const slow = async () => {
      calls += 1;
      if (calls > 1) return 'read';
      await pauseFor(30);
      throw loading;
    };
    assert.equal(await patiently('read', slow, { withinMs: 10 }), 'read');
  });

  it('ends with the reason of the abort, whatever failed at that moment', async () => {
    const reason = new Error('cancelled by the workflow');
    const controller = new AbortController();
    const call = () => {
      controller.abort(reason);
      return Promise.reject(loading);
    };
    await assert.rejects(patiently('read', call, { signal: controller.signal }), reason);
  });
});

describe('askAgain', () => {
  it('asks once more when the answer was lost, and never when it was refused', async () => {
    let calls = 0;
    const failing = (trouble: KafkaTrouble, times: number) => () => {
      calls += 1;
      return calls > times ? Promise.resolve('told') : Promise.reject(trouble);
    };
    assert.equal(await askAgain(failing(loading, 1)), 'told');
    calls = 0;
    await assert.rejects(askAgain(failing(loading, 2)), loading);
    assert.equal(calls, 2);
    calls = 0;
    await assert.rejects(askAgain(failing(refused, 1)), refused);
    assert.equal(calls, 1);
  });
});

describe('until', () => {
  it('says what it waited for and what it saw last', async () => {
    await assert.rejects(
      until('the topic is there', () => Promise.resolve({ seen: 'two of three brokers know it' }), {
        withinMs: 0,
        everyMs: 1,
      }),
      /until the topic is there; last seen: two of three brokers know it/,
    );
  });
});

describe('pauseFor', () => {
  it('ends at once with the reason of the abort', async () => {
    const reason = new Error('cancelled by the workflow');
    await assert.rejects(pauseFor(60_000, AbortSignal.abort(reason)), reason);
  });
});
