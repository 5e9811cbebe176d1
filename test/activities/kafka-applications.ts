/** What uses the clusters while a deployment is rehearsed, past every fault between them and the worker. */
import { MessagesStreamModes, Consumer as NewerProtocolConsumer, stringDeserializers } from '@platformatic/kafka';
import type { Consumer, Transaction } from 'kafkajs';
import type { Cluster } from '../../kafka/cluster.ts';
import { commitFor, readCommitted } from '../../kafka/commit-offsets.ts';
import { client, createTopics, eventually, producing, values } from '../kafka/clients.ts';
import type { Clusters } from './drain-world.ts';

type NewerConsumer = NewerProtocolConsumer<string, string, string, string>;

/** A group of the newer protocol (KIP-848), which only KRaft clusters have; it commits nothing and may vanish. */
async function startNewer(blue: Cluster): Promise<NewerConsumer> {
  const consumer = new NewerProtocolConsumer({
    clientId: 'newer',
    groupId: 'newer',
    bootstrapBrokers: blue.bootstrap.split(','),
    deserializers: stringDeserializers,
    groupProtocol: 'consumer',
    autocommit: false,
  });
  const stream = await consumer.consume({ topics: ['payments'], mode: MessagesStreamModes.EARLIEST, maxWaitTime: 200 });
  stream.resume();
  return consumer;
}

interface OpenTransaction {
  readonly transaction: Transaction;
  readonly disconnect: () => Promise<void>;
}

/** A service that reads `orders`, a job that read `payments` and committed before each marker, writers that moved to green. */
export class Applications {
  readonly #clusters: Clusters;
  readonly #reader: Consumer;
  readonly #open: OpenTransaction;
  readonly #newer: NewerConsumer | null;
  #reading = true;
  #writing = true;

  private constructor(clusters: Clusters, reader: Consumer, open: OpenTransaction, newer: NewerConsumer | null) {
    this.#clusters = clusters;
    this.#reader = reader;
    this.#open = open;
    this.#newer = newer;
  }

  static async start(clusters: Clusters): Promise<Applications> {
    const { blue, green } = clusters;
    const kafka = client(blue.bootstrap, 'app+bluegreen');
    await createTopics(blue, [
      { topic: 'orders', partitions: 3, config: { 'max.message.bytes': '2000000', 'retention.ms': '700000000' } },
      { topic: 'payments' },
    ]);
    // One topic is there already and too small, so that it is extended as well.
    await createTopics(green, [{ topic: 'orders' }]);
    await producing(kafka, {}, producer =>
      producer.send({ topic: 'orders', messages: [0, 1, 2].flatMap(partition => values(10, partition)) }),
    );
    await producing(kafka, { transactionalId: 'payments-writer' }, async producer => {
      const transaction = await producer.transaction();
      await transaction.send({ topic: 'payments', messages: values(5) });
      await transaction.commit();
    });
    await commitFor(blue, 'audit', [{ topic: 'payments', partitions: [{ partition: 0, offset: '5' }] }]);
    const reader = kafka.consumer({ groupId: 'billing', allowAutoTopicCreation: false, maxWaitTimeInMs: 100 });
    await reader.connect();
    await reader.subscribe({ topics: ['orders'], fromBeginning: true });
    await reader.run({ eachMessage: () => Promise.resolve() });
    await eventually('billing has read orders', async () => {
      const commits = (await readCommitted(blue, ['billing'])).get('billing') ?? [];
      return commits.length === 3 && commits.every(c => c.offset === 10n);
    });
    // Open while blue is inspected, so that every question about transactions is asked.
    const slow = kafka.producer({ transactionalId: 'slow-writer', maxInFlightRequests: 1 });
    await slow.connect();
    const transaction = await slow.transaction();
    await transaction.send({ topic: 'payments', messages: values(1) });
    const newer = (await blue.metadataMode()) === 'kraft' ? await startNewer(blue) : null;
    return new Applications(clusters, reader, { transaction, disconnect: () => slow.disconnect() }, newer);
  }

  async endTransaction(): Promise<void> {
    this.#writing = false;
    await this.#open.transaction.abort();
    await this.#open.disconnect();
  }

  async writeGreen(): Promise<void> {
    const kafka = client(this.#clusters.green.bootstrap);
    await producing(kafka, { transactionalId: 'orders-writer' }, async producer => {
      const transaction = await producer.transaction();
      await transaction.send({ topic: 'orders', messages: values(5) });
      await transaction.commit();
    });
  }

  /** The service reads green now, up to the marker. */
  async moveReaders(): Promise<void> {
    this.#reading = false;
    await this.#reader.disconnect();
    const partitions = [{ partition: 0, offset: '5' }];
    await commitFor(this.#clusters.green, 'billing', [{ topic: 'orders', partitions }]);
  }

  async stop(): Promise<void> {
    if (this.#writing) await this.endTransaction();
    if (this.#reading) await this.#reader.disconnect();
    await this.#newer?.close(true);
  }
}
