import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createdAnew } from '../../activities/blue-topics.ts';

describe('createdAnew()', () => {
  const topicIds = { orders: 'id-1', payments: 'id-2' };
  const names = ['orders', 'payments'];

  test('names a topic that has another id than in preflight', () => {
    const now = [
      { name: 'orders', id: 'id-1' },
      { name: 'payments', id: 'id-3' },
    ];
    assert.deepEqual(createdAnew({ topicIds }, now, names), ['payments']);
  });

  test('leaves out those that nobody asks about', () =>
    assert.deepEqual(createdAnew({ topicIds }, [{ name: 'payments', id: 'id-3' }], ['orders']), []));

  test('goes by the name where the broker tells no id, or none was known, or evidence is of an older version', () => {
    assert.deepEqual(createdAnew({ topicIds }, [{ name: 'orders', id: null }], names), []);
    assert.deepEqual(createdAnew({ topicIds: {} }, [{ name: 'orders', id: 'id-9' }], names), []);
    assert.deepEqual(createdAnew({}, [{ name: 'orders', id: 'id-9' }], names), []);
  });
});
