import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readUserData } from '../../../local/launcher/user-data.ts';

const LINE = {
  'kafka-node': 1,
  kafkaVersion: '3.9.2',
  metadataMode: 'zookeeper',
  brokerId: 2,
  zooKeeperConnect: '127.9.0.6:2181/kafka-orders-a',
  address: '127.9.32.10',
  clusterName: 'kafka-orders-a',
  rackId: 'us-east-1b',
  signalUrl: 'http://127.9.0.4:4566/signal',
};
const script = (line: string) =>
  Buffer.from(`#!/bin/bash\nexec /opt/kafka-node/boot <<'NODE'\n${line}\nNODE\n`).toString('base64');

describe("an instance's user data", () => {
  test('is a broker to boot when it has the line of the template', () => {
    assert.deepEqual(readUserData(script(JSON.stringify(LINE))), { kind: 'broker', boot: LINE });
  });

  test('is of something else without that line', () => {
    assert.deepEqual(readUserData(script('{"web-server":1}')), { kind: 'other' });
    assert.deepEqual(readUserData(''), { kind: 'other' });
  });

  test('says what is wrong with a line that no broker could boot from', () => {
    const { zooKeeperConnect: _, ...without } = LINE;
    const missing = readUserData(script(JSON.stringify(without)));
    assert.ok(missing.kind === 'malformed');
    assert.match(missing.reason, /zooKeeperConnect/);
    assert.equal(readUserData(script('{"kafka-node":1,')).kind, 'malformed');
  });
});
