/**
 * Transactions that hang are made as Kafka made them before it verified partitions (KIP-890): batches of a producer whom no
 * coordinator is asked about, appended after the producer's transaction had ended, or without there ever having been one.
 */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { produceV9 } from '@platformatic/kafka';
import type { Producer } from 'kafkajs';
import { type Cluster, connectCluster } from '../../kafka/cluster.ts';
import { hangingTransactions } from '../../kafka/hanging-transactions.ts';
import { healthProblems } from '../../kafka/health.ts';
import { takeInventory } from '../../kafka/inventory.ts';
import { openTransactions } from '../../kafka/transactions.ts';
import { guardOfThisProcess } from '../../local/guard.ts';
import { runKafkaTool } from '../../local/kafka-tool.ts';
import { startTestCluster, temporaryDirectory } from '../support/cluster.ts';
import { guarantee } from '../support/guarantee.ts';
import { client, createTopics, eventually, producing, values } from './clients.ts';

const directory = await temporaryDirectory('kafka-tools-');
const config = { 'transaction.partition.verification.enable': 'false' };
const clusters = await Promise.all([
  startTestCluster({ version: '3.9.2', metadataMode: 'zookeeper', brokers: 1, config }),
  startTestCluster({ version: '4.3.1', metadataMode: 'kraft', brokers: 1, config }),
]);
const TOPICS = ['open', 'never-begun', 'late'];
/** Far above what the coordinators of these clusters have given out. */
const NOBODYS_ID = 4_000_000n;

suite('Each version by itself', { concurrency: true }, () => {
  for (const brokers of clusters)
    suite(`Transactions of Kafka ${brokers.version} on ${brokers.metadataMode}`, { concurrency: 1 }, () => {
      let blue: Cluster;
      let writer: Producer;
      let transaction: Awaited<ReturnType<Producer['transaction']>>;

      before(async () => {
        blue = await connectCluster({ bootstrap: brokers.bootstrap });
        await createTopics(
          blue,
          TOPICS.map(topic => ({ topic, partitions: 2 })),
        );
        writer = client(brokers.bootstrap).producer({ transactionalId: 'at-work', maxInFlightRequests: 1 });
        await writer.connect();
      });
      after(async () => {
        await writer.disconnect();
        await blue.close();
      });

      const look = async () =>
        (await hangingTransactions(blue, TOPICS)).toSorted((a, b) => (a.topic < b.topic ? -1 : 1));

      /** What the leader takes for the next batch of a transaction, although no coordinator has one in hand. */
      async function append(topic: string, partition: number, producerId: bigint) {
        await produceV9.api.async(
          await blue.connectionTo(1),
          -1,
          10_000,
          [{ topic, partition, value: Buffer.from('a record that nobody ever commits') }],
          { producerId, producerEpoch: 0, transactionalId: 'hangs', compression: 'none' },
        );
      }

      test('one that is under way, and known to its coordinator, hangs not', async () => {
        transaction = await writer.transaction();
        await transaction.send({ topic: 'open', messages: values(3, 1) });
        const { open } = await openTransactions(blue);
        assert.deepEqual(
          open.map(t => [t.transactionalId, t.state]),
          [['at-work', 'Ongoing']],
        );
        assert.deepEqual(await look(), []);
      });

      test('one that no coordinator ever knew is named by where it begins, beside another that is under way', async () => {
        await producing(client(brokers.bootstrap), {}, producer =>
          producer.send({ topic: 'never-begun', messages: values(5, 1) }),
        );
        await append('never-begun', 1, NOBODYS_ID);
        await transaction.send({ topic: 'never-begun', messages: values(2, 1) });
        assert.deepEqual(await look(), [
          { topic: 'never-begun', partition: 1, leader: 1, producerId: NOBODYS_ID, startOffset: 5n },
        ]);
      });

      test('one whose last batch came after its end is named, though its coordinator still knows the producer', async () => {
        const producerId = await producing(
          client(brokers.bootstrap),
          { transactionalId: 'latecomer' },
          async producer => {
            const ended = await producer.transaction();
            await ended.send({ topic: 'late', messages: values(3) });
            const { open } = await openTransactions(blue);
            await ended.commit();
            return BigInt(open.find(t => t.transactionalId === 'latecomer')?.producerId ?? -1);
          },
        );
        await eventually('the marker is written', async () => {
          const { open } = await openTransactions(blue);
          return open.every(t => t.transactionalId !== 'latecomer');
        });
        await append('late', 1, producerId);
        assert.deepEqual(
          (await look()).map(t => [t.topic, t.partition, t.producerId, t.startOffset]),
          [
            ['late', 1, producerId, 0n],
            ['never-begun', 1, NOBODYS_ID, 5n],
          ],
        );
      });

      test('one whose producer has begun another is named, for that other will not end it', async () => {
        await producing(client(brokers.bootstrap), { transactionalId: 'latecomer' }, async producer => {
          const another = await producer.transaction();
          await another.send({ topic: 'open', messages: values(2, 0) });
          const begun = (await openTransactions(blue)).open.find(t => t.transactionalId === 'latecomer');
          assert.equal(begun?.state, 'Ongoing');
          assert.deepEqual(
            (await look()).map(t => t.topic),
            ['late', 'never-begun'],
          );
          await another.abort();
        });
      });

      test(
        ...guarantee(
          { promise: 'refused', fault: `hanging transactions on blue (Kafka ${brokers.version})` },
          `preflight names each with a command that aborts it, and is content once they were run (Kafka ${brokers.version})`,
          async () => {
            const problems = async () =>
              (await healthProblems(blue, await takeInventory(blue))).filter(p => p.on.startsWith('topic '));
            const found = (await problems()).toSorted((a, b) => (a.on < b.on ? -1 : 1));
            assert.deepEqual(
              found.map(p => p.on),
              ['topic late', 'topic never-begun'],
            );
            assert.equal(
              found[1]?.problem,
              `has a hanging transaction in partition 1 (producer ${NOBODYS_ID}, from offset 5) that no coordinator knows: its readers never get past it.`,
            );
            await Promise.all(found.map(({ remedy }) => run(remedy)));
            assert.deepEqual(await problems(), []);
            await transaction.commit();
            await eventually('nothing is open any more', async () => (await openTransactions(blue)).open.length === 0);
            assert.deepEqual(await look(), []);
          },
        ),
      );

      /** As whoever reads the plan would. */
      async function run(remedy: string): Promise<void> {
        const [, args = ''] = /^Abort it: kafka-transactions\.sh (.*)$/.exec(remedy) ?? [];
        const hostsFile = join(directory, 'hosts');
        await writeFile(hostsFile, '');
        const tool = await runKafkaTool({
          version: brokers.version,
          mainClass: 'org.apache.kafka.tools.TransactionsCommand',
          args: args.split(' '),
          hostsFile,
          directory,
          guard: guardOfThisProcess(),
        });
        assert.equal(tool.code, 0, tool.stderr);
      }
    });
});
