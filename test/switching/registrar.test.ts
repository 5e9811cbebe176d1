import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { byTopic, Registrar } from '../../switching/src/registrar.ts';

describe('partitions of a transaction', () => {
  test('are added once each, those that come together with one request', async () => {
    const requests: unknown[] = [];
    const registrar = new Registrar(async partitions => void requests.push(byTopic(partitions)));
    await Promise.all([
      registrar.partition('a', 0),
      registrar.partition('b', 3),
      registrar.partition('a', 1),
      registrar.partition('a', 0),
    ]);
    await registrar.partition('b', 3);
    await registrar.partition('b', 4);
    assert.deepEqual(requests, [
      [
        { topic: 'a', partitions: [0, 1] },
        { topic: 'b', partitions: [3] },
      ],
      [{ topic: 'b', partitions: [4] }],
    ]);
  });

  test('are not taken for added when the request failed', async () => {
    const registrar = new Registrar(() => Promise.reject(new Error('fenced')));
    await assert.rejects(registrar.partition('a', 0), /fenced/);
    await assert.rejects(registrar.partition('a', 0), /fenced/);
  });
});
