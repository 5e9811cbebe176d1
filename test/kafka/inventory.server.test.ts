/** Inventory, health and parity between a 3.9.2 cluster on ZooKeeper and a 4.3.1 cluster on KRaft. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Consumer, MessagesStreamModes, stringDeserializers } from '@platformatic/kafka';
import { Kafka, type Consumer as KafkaJsConsumer, logLevel } from 'kafkajs';
import { type Cluster, connectCluster } from '../../kafka/cluster.ts';
import type { KafkaTrouble } from '../../kafka/errors.ts';
import { readGroupFacts } from '../../kafka/group-facts.ts';
import { clusterProblems } from '../../kafka/health.ts';
import { takeInventory } from '../../kafka/inventory.ts';
import { desiredTopics, keysGreenLacks, parityDiff } from '../../kafka/parity.ts';
import { applyOverrides, copyTopics, createMissingTopics, readTopicKeys } from '../../kafka/parity-apply.ts';
import { until } from '../../kafka/retry.ts';
import { changeTopicConfigs } from '../../kafka/topic-configs.ts';
import { type KafkaCluster, startKafkaCluster } from '../../local/cluster.ts';

describe('two clusters of different generations', { timeout: 120_000 }, () => {
  let directory: string;
  let blueBrokers: KafkaCluster;
  let greenBrokers: KafkaCluster;
  let blue: Cluster;
  let green: Cluster;
  let reader: KafkaJsConsumer;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kafka-bluegreen-'));
    [blueBrokers, greenBrokers] = await Promise.all([
      startKafkaCluster({ version: '3.9.2', metadataMode: 'zookeeper', directory: join(directory, 'blue') }),
      startKafkaCluster({ version: '4.3.1', metadataMode: 'kraft', directory: join(directory, 'green') }),
    ]);
    blue = await connectCluster({ bootstrap: blueBrokers.bootstrap });
    green = await connectCluster({ bootstrap: greenBrokers.bootstrap });
    const created = (topic: string, partitions: number, configs: Record<string, string>) =>
      blue.admin.createTopics({
        topics: [topic],
        partitions,
        replicas: 3,
        configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
      });
    await created('orders', 3, {});
    await created('state', 5, { 'cleanup.policy': 'compact', 'min.compaction.lag.ms': '1000' });
    await created('archive', 2, { 'retention.ms': '-1', 'message.timestamp.type': 'LogAppendTime' });
    reader = await startReader(blueBrokers.bootstrap, 'billing', 'orders');
  });

  after(async () => {
    await reader.disconnect();
    await Promise.all([blue.close(), green.close()]);
    await Promise.all([blueBrokers.stop(), greenBrokers.stop()]);
    await rm(directory, { recursive: true, force: true });
  });

  it('are told apart by their ids', async () => {
    assert.equal(blue.clusterId, blueBrokers.clusterId);
    assert.equal(await blue.metadataMode(), 'zookeeper');
    assert.equal(await green.metadataMode(), 'kraft');
    await assert.rejects(
      connectCluster({ bootstrap: greenBrokers.bootstrap, expectClusterId: blue.clusterId }),
      (error: KafkaTrouble) => error.kind === 'refused' && !error.retriable && error.message.includes(green.clusterId),
    );
  });

  it('say which broker could not be reached, as something to try again', async () => {
    const nobody = blueBrokers.bootstrap.replaceAll(':9092', ':9');
    await assert.rejects(connectCluster({ bootstrap: nobody }), (error: KafkaTrouble) => {
      assert.equal(error.kind, 'unreachable');
      assert.ok(error.retriable);
      return true;
    });
  });

  it('are inventoried with ends, sizes, overrides, members, commits, quotas and users', async () => {
    const client = { entityType: 'client-id', entityName: null } as const;
    const user = { entityType: 'user', entityName: 'alice' } as const;
    const ops = [{ key: 'producer_byte_rate', value: 1_048_576, remove: false }] as const;
    await blue.admin.alterClientQuotas({ entries: [{ entities: [client, user], ops: [...ops] }], validateOnly: false });
    const inventory = await until(
      'the group has committed and the quota is there',
      async () => {
        const seen = await takeInventory(blue);
        const committed = seen.groups[0]?.commits.reduce((sum, c) => sum + BigInt(c.offset), 0n);
        return committed === 30n && seen.quotas.length > 0
          ? { done: seen }
          : { seen: JSON.stringify([seen.groups, seen.quotas]) };
      },
      { withinMs: 30_000 },
    );
    assert.equal(inventory.clusterId, blue.clusterId);
    assert.deepEqual(
      inventory.brokers.map(b => b.id),
      [1, 2, 3],
    );
    const names = inventory.topics.filter(t => !t.internal).map(t => t.name);
    assert.deepEqual(names, ['archive', 'orders', 'state']);
    const orders = inventory.topics.find(t => t.name === 'orders');
    assert.equal(
      orders?.partitions.reduce((sum, p) => sum + BigInt(p.end ?? '0'), 0n),
      30n,
    );
    assert.ok(orders?.partitions.every(p => p.start === '0' && p.leader !== null && BigInt(p.sizeBytes ?? '0') > 0n));
    const state = inventory.topics.find(t => t.name === 'state');
    assert.deepEqual(state?.configs['cleanup.policy'], { value: 'compact', source: 'topic' });
    const [group] = inventory.groups;
    assert.equal(group?.type, 'classic');
    assert.equal(group?.state, 'Stable');
    assert.deepEqual(group?.members[0]?.subscriptions, ['orders']);
    assert.deepEqual(group?.members[0]?.assignment[0]?.partitions.toSorted(), [0, 1, 2]);
    assert.equal(group?.members[0]?.clientId, 'app+bluegreen');
    assert.deepEqual(inventory.quotas, [{ name: 'user=alice,client-id=<default> producer_byte_rate=1048576' }]);
    assert.deepEqual(inventory.acls, []);
    assert.deepEqual(JSON.parse(JSON.stringify(inventory)), inventory, 'plain JSON');
  });

  it('become equal: overrides, and effective values where defaults differ; a second time changes nothing', async () => {
    const from = await takeInventory(blue);
    const first = await copyTopics(from, green);
    assert.equal(first.created, 3);
    const made = await takeInventory(green);
    assert.deepEqual(parityDiff(from, made), []);
    const orders = made.topics.find(t => t.name === 'orders');
    const afterMax = orders?.configs['message.timestamp.after.max.ms'];
    assert.deepEqual(afterMax, { value: '9223372036854775807', source: 'topic' });
    assert.deepEqual(keysGreenLacks(from, made), [
      'message.downconversion.enable',
      'message.format.version',
      'message.timestamp.difference.max.ms',
    ]);
    assert.deepEqual(await copyTopics(from, green), { created: 0, overridden: 0 });
  });

  it('differ again after a change on either, by name, until it is applied', async () => {
    const to = { kind: 'value', value: '123456' } as const;
    await changeTopicConfigs(blue, [{ topic: 'orders', key: 'segment.ms', to, from: [{ kind: 'absent' }] }]);
    await blue.admin.createPartitions({ topics: [{ name: 'orders', count: 4, assignments: null }] });
    const from = await until('blue lists four partitions', async () => {
      const seen = await takeInventory(blue);
      const count = seen.topics.find(t => t.name === 'orders')?.partitions.length;
      return count === 4 ? { done: seen } : { seen: String(count) };
    });
    const unequal = await takeInventory(green);
    assert.deepEqual(
      parityDiff(from, unequal).map(d => d.name),
      ['orders partitions', 'orders segment.ms'],
    );
    const desired = desiredTopics(from, unequal, await readTopicKeys(green));
    assert.equal(await createMissingTopics(green, desired), 0);
    assert.equal(await applyOverrides(green, desired), 1);
    assert.deepEqual(parityDiff(from, await takeInventory(green)), []);
  });

  it('never get fewer replicas in silence', async () => {
    const wide = { topic: 'wide', partitions: 1, replicationFactor: 4, configs: {} };
    await assert.rejects(
      createMissingTopics(green, [wide]),
      /at least 4 brokers on green .* topic wide, but there are 3/,
    );
  });

  it('list groups of the newer protocol too', async () => {
    const consumer = new Consumer({
      clientId: 'newer',
      groupId: 'newer',
      bootstrapBrokers: greenBrokers.bootstrap.split(','),
      deserializers: stringDeserializers,
      groupProtocol: 'consumer',
    });
    const stream = await consumer.consume({ topics: ['orders'], mode: MessagesStreamModes.EARLIEST, maxWaitTime: 200 });
    stream.resume();
    const group = await until('the group has an assignment', async () => {
      const seen = (await readGroupFacts(green)).find(g => g.group === 'newer');
      return seen?.members[0]?.assignment[0] === undefined ? { seen: JSON.stringify(seen) } : { done: seen };
    });
    assert.equal(group.type, 'consumer');
    assert.deepEqual(group.members[0]?.subscriptions, ['orders']);
    await consumer.close(true);
  });

  it('are healthy, until a broker dies', async () => {
    for (const cluster of [blue, green])
      assert.deepEqual(await clusterProblems(cluster, await takeInventory(cluster)), []);
    greenBrokers.kill(2);
    const problems = await until(
      'the dead broker is missed',
      async () => {
        const inventory = await takeInventory(green);
        const found = inventory.brokers.length === 2 ? await clusterProblems(green, inventory) : [];
        return found.length > 0 ? { done: found } : { seen: `${inventory.brokers.length} brokers` };
      },
      { withinMs: 40_000, everyMs: 500 },
    );
    assert.ok(problems.some(p => p.on === 'topic orders' && p.problem.includes('out of sync')));
  });
});

/** Thirty records in the topic and a group that has read and committed them, still a member. */
async function startReader(bootstrap: string, groupId: string, topic: string): Promise<KafkaJsConsumer> {
  const kafka = new Kafka({ brokers: bootstrap.split(','), clientId: 'app+bluegreen', logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const messages = Array.from({ length: 30 }, (_, i) => ({ partition: i % 3, value: `record ${i}` }));
  await producer.send({ topic, messages });
  await producer.disconnect();
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({ eachMessage: () => Promise.resolve() });
  return consumer;
}
