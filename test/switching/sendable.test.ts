import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import kafkajs, { type TopicMessages } from 'kafkajs';
import { refuseUnsendable } from '../../switching/src/sendable.ts';

/** What applications without types may give. */
const given = (topicMessages: unknown) => topicMessages as TopicMessages[];

describe('what is given to send', () => {
  for (const [what, topicMessages, why] of [
    ['has no topic', [{ topic: '', messages: [] }], /Invalid topic/],
    ['has no messages', [{ topic: 'orders' }], /Invalid messages array \[undefined\] for topic "orders"/],
    [
      'has a message without value',
      [{ topic: 'orders', messages: [{ key: 'k' }] }],
      /without value for topic "orders"/,
    ],
    [
      'has a number for a value',
      [{ topic: 'orders', messages: [{ value: 17 }] }],
      /value is neither string nor Buffer/,
    ],
    ['has a number for a key', [{ topic: 'orders', messages: [{ key: 1, value: 'v' }] }], /key is neither/],
    ['has an empty header', [{ topic: 'orders', messages: [{ value: 'v', headers: { a: undefined } }] }], /header "a"/],
    ['has no time for a timestamp', [{ topic: 'orders', messages: [{ value: 'v', timestamp: 'now' }] }], /timestamp/],
  ] as const)
    test(`is refused with kafkajs's error before anything is sent when it ${what}`, () => {
      assert.throws(
        () => refuseUnsendable(given(topicMessages)),
        (error: unknown) => {
          assert.ok(error instanceof kafkajs.KafkaJSNonRetriableError);
          assert.match(error.message, why);
          return true;
        },
      );
    });

  test('is taken as kafkajs takes it: strings, Buffers, null, headers with several values, times as text', () => {
    const headers = { one: 'a', two: Buffer.from('b'), many: ['c', Buffer.from('d')] };
    const messages = [{ key: null, value: null, headers, timestamp: '1768997045000' }, { value: Buffer.from('v') }];
    refuseUnsendable([{ topic: 'orders', messages }]);
  });
});
