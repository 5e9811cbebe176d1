import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  configsAsOriginally,
  groupsAtEnd,
  parseGroupDescription,
  parseProducerOutput,
  parseTopicConfigs,
} from '../../demo/tool-output.ts';

const GROUPS_OUTPUT = `
Consumer group 'archive' has no active members.

GROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID
archive         emails          0          812             812             0               -               -               -
archive         emails          1          790             792             2               -               -               -
archive         payments        0          -               40              -               -               -               -

GROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID                                     HOST            CLIENT-ID
billing         orders          0          99              99              0               billing-5c1f9d51-4fd0-4d5c-a0ee-b2ca1ef6ae9c    /127.0.0.1      billing
`;

const CONFIGS_OUTPUT = `Dynamic configs for topic inventory are:
  max.message.bytes=2097152 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:max.message.bytes=2097152, DEFAULT_CONFIG:message.max.bytes=1048588}
  message.timestamp.after.max.ms=9223372036854775807 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:message.timestamp.after.max.ms=9223372036854775807}
Dynamic configs for topic orders are:
  message.timestamp.after.max.ms=9223372036854775807 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:message.timestamp.after.max.ms=9223372036854775807}
`;

const seen = parseTopicConfigs(CONFIGS_OUTPUT);
const agrees = (originals: Record<string, Record<string, string>>) =>
  configsAsOriginally(seen, new Map(Object.entries(originals))).agrees;
const line = (event: object) => `${JSON.stringify(event)}\n`;

describe('ConsumerGroupCommand', () => {
  test('is read row by row, whichever width its columns have, and a dash is not zero', () => {
    assert.deepEqual(parseGroupDescription(GROUPS_OUTPUT), [
      { group: 'archive', topic: 'emails', partition: 0, lag: 0 },
      { group: 'archive', topic: 'emails', partition: 1, lag: 2 },
      { group: 'archive', topic: 'payments', partition: 0, lag: null },
      { group: 'billing', topic: 'orders', partition: 0, lag: 0 },
    ]);
  });

  test('agrees only when every partition of every group is listed at lag 0', () => {
    const rows = parseGroupDescription(GROUPS_OUTPUT);
    assert.equal(groupsAtEnd(rows, [{ group: 'billing', partitions: 1 }]).agrees, true);
    assert.deepEqual(groupsAtEnd(rows, [{ group: 'billing', partitions: 2 }]), {
      agrees: false,
      saw: 'billing: 1 of 2 partitions listed',
    });
    assert.deepEqual(groupsAtEnd(rows, [{ group: 'archive', partitions: 3 }]), {
      agrees: false,
      saw: 'archive: 2 partitions not at the end, emails-1 lag 2',
    });
  });

  test('that failed and printed nothing does not agree', () => {
    assert.equal(groupsAtEnd(parseGroupDescription(''), [{ group: 'billing', partitions: 1 }]).agrees, false);
  });
});

describe('ConfigCommand', () => {
  test('is read as the overrides of each topic', () => {
    assert.equal(seen.get('inventory')?.get('max.message.bytes'), '2097152');
    assert.deepEqual([...(seen.get('orders')?.keys() ?? [])], ['message.timestamp.after.max.ms']);
  });

  test('agrees when each original is there and what was added is on every topic', () => {
    const originals = new Map<string, Record<string, string>>([
      ['inventory', { 'max.message.bytes': '2097152' }],
      ['orders', {}],
    ]);
    assert.deepEqual(configsAsOriginally(seen, originals), {
      agrees: true,
      saw: '2 topics as their owners had set them; besides, on every topic: message.timestamp.after.max.ms=9223372036854775807',
    });
  });

  test('does not agree when a topic is missing, an original changed, or something was left on one topic', () => {
    assert.equal(agrees({ inventory: { 'max.message.bytes': '2097152' }, orders: {}, clicks: {} }), false);
    assert.equal(agrees({ inventory: { 'max.message.bytes': '1' }, orders: {} }), false);
    assert.equal(agrees({ inventory: {}, orders: {} }), false);
  });
});

describe('VerifiableProducer', () => {
  test('is refused by the class of the error it met', () => {
    const error = {
      name: 'producer_send_error',
      exception: 'class org.apache.kafka.common.errors.RecordTooLargeException',
    };
    const output = line({ name: 'startup_complete' }) + line(error) + line({ name: 'tool_data', sent: 1, acked: 0 });
    assert.deepEqual(parseProducerOutput(output), { kind: 'refused', by: 'RecordTooLargeException' });
  });

  test('wrote when one record was acknowledged', () => {
    assert.deepEqual(parseProducerOutput(line({ name: 'producer_send_success', offset: 3 })), { kind: 'acknowledged' });
  });

  test('that said nothing proves nothing', () => {
    assert.deepEqual(parseProducerOutput('Error: no such broker\n'), { kind: 'unknown' });
  });
});
