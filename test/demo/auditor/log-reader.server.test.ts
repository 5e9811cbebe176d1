import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CompressionTypes, type ITopicConfig, Kafka, logLevel } from 'kafkajs';
import { LogReader } from '../../../demo/auditor/log-reader.ts';
import { type KafkaCluster, startKafkaCluster } from '../../../local/cluster.ts';

const WITHIN_MS = 20_000;

for (const { version, metadataMode } of [
  { version: '3.9.2', metadataMode: 'zookeeper' },
  { version: '4.3.1', metadataMode: 'kraft' },
] as const)
  describe(`the auditor's reader on Kafka ${version}`, () => {
    let cluster: KafkaCluster;
    let kafka: Kafka;
    let directory: string;
    const read = new Map<string, string[]>();

    before(async () => {
      directory = await mkdtemp(join(tmpdir(), 'log-reader-'));
      cluster = await startKafkaCluster({ version, metadataMode, brokers: 1, directory });
      kafka = new Kafka({ clientId: 'test', brokers: [cluster.bootstrap], logLevel: logLevel.NOTHING });
    });

    after(async () => {
      await cluster?.stop();
      await rm(directory, { recursive: true, force: true });
    });

    const startReader = (topics: readonly string[]) => {
      const [broker] = cluster.brokers;
      assert.ok(broker);
      for (const topic of topics) read.set(topic, []);
      return LogReader.start({
        bootstrap: [{ host: broker.host, port: broker.port }],
        reads: topic => topics.includes(topic),
        onRecord: (topic, partition, { offset, key, value }) =>
          read.get(topic)?.push(`${partition}@${offset} ${key}=${value}`),
      });
    };
    const createTopics = async (...topics: ITopicConfig[]) => {
      const admin = kafka.admin();
      await admin.connect();
      await admin.createTopics({ topics, waitForLeaders: true });
      await admin.disconnect();
    };

    test('reads what was there before and what comes later, compressed or not, from every partition', async () => {
      await createTopics({ topic: 'plain', numPartitions: 3 });
      const producer = kafka.producer();
      await producer.connect();
      const send = (partition: number, value: string, compression = CompressionTypes.None) =>
        producer.send({ topic: 'plain', compression, messages: [{ key: 'k', value, partition }] });
      await send(0, 'early');
      const reader = await startReader(['plain', 'later']);
      await send(1, 'zipped', CompressionTypes.GZIP);
      await createTopics({ topic: 'later' });
      await producer.send({ topic: 'later', messages: [{ key: null, value: 'new topic' }] });
      await send(0, 'again');
      await producer.disconnect();
      await reader.readToEnd(WITHIN_MS);
      await reader.stop();
      assert.deepEqual(read.get('plain')?.toSorted(), ['0@0 k=early', '0@1 k=again', '1@0 k=zipped']);
      assert.deepEqual(read.get('later'), ['0@0 null=new topic']);
    });

    test('reads no marker and nothing of an aborted transaction', async () => {
      await createTopics({ topic: 'transactions' });
      const producer = kafka.producer({ transactionalId: 'tx', idempotent: true, maxInFlightRequests: 1 });
      await producer.connect();
      for (const end of ['commit', 'abort', 'commit'] as const) {
        const transaction = await producer.transaction();
        await transaction.send({ topic: 'transactions', messages: [{ key: 'k', value: end }] });
        await transaction[end]();
      }
      await producer.disconnect();
      const reader = await startReader(['transactions']);
      await reader.readToEnd(WITHIN_MS);
      await reader.stop();
      assert.deepEqual(read.get('transactions'), ['0@0 k=commit', '0@4 k=commit']);
    });
  });
