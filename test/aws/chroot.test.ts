import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedChroot } from '../../aws/chroot.ts';

const zooKeeper = (connect: string) => ({ MetadataMode: 'zookeeper', ZooKeeperConnect: connect });
const shared = (blue: string, green: string) => sharedChroot(zooKeeper(blue), zooKeeper(green), 'kafka-b').length > 0;

test('The same chroot is the same cluster, however slashes and servers are written', () => {
  assert.ok(shared('zk-1:2181/kafka', 'zk-1:2181/kafka'));
  assert.ok(shared('zk-1:2181,zk-2:2181/kafka', '10.0.0.1:2181//kafka/'));
  assert.ok(shared('zk-1:2181', 'zk-1:2181/'), 'no chroot is the root');
});

test('Another chroot is another cluster, also below or above the first', () => {
  assert.ok(!shared('zk-1:2181/kafka', 'zk-1:2181/kafka-b'));
  assert.ok(!shared('zk-1:2181/kafka', 'zk-1:2181/kafka/b'));
  assert.ok(!shared('zk-1:2181', 'zk-1:2181/kafka'));
});

test('A cluster on KRaft, or without ZooKeeper servers, shares nothing', () => {
  const connect = 'zk-1:2181/kafka';
  const kraft = { MetadataMode: 'kraft', ZooKeeperConnect: connect };
  assert.deepEqual(sharedChroot(zooKeeper(connect), kraft, 'kafka-b'), []);
  assert.deepEqual(sharedChroot(zooKeeper(connect), { MetadataMode: 'zookeeper' }, 'kafka-b'), []);
});

test('The remedy is a connect string to paste', () => {
  const [problem] = sharedChroot(zooKeeper('zk-1:2181/kafka'), zooKeeper('zk-1:2181,zk-2:2181/kafka'), 'kafka-b');
  assert.match(problem?.remedy ?? '', /zk-1:2181,zk-2:2181\/kafka-b/);
});
