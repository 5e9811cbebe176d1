import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlueGreenProducer } from '../../switching/src/producer.ts';
import { TransactionAborted } from '../../switching/src/transaction-errors.ts';
import { startTestCluster } from '../support/cluster.ts';
import { guarantee } from '../support/guarantee.ts';
import { createTopic, readLog, signpostOf } from '../switching/cluster-work.ts';

const PARTITIONS = 6;
const EACH = 60;

for (const version of ['3.9.2', '4.3.1'] as const)
  test(
    ...guarantee(
      { promise: 'once', fault: `a broker that coordinates and leads is killed amid transactions, Kafka ${version}` },
      `on Kafka ${version} transactions go on over the death of a broker, each told as it is in the log, whole or not at all`,
      async context => {
        const cluster = await startTestCluster({
          version,
          metadataMode: 'kraft',
          brokers: 3,
          config: {
            'broker.session.timeout.ms': '3000',
            'broker.heartbeat.interval.ms': '500',
            'transaction.state.log.replication.factor': '3',
            'transaction.state.log.min.isr': '1',
          },
        });
        const topic = 'payments';
        await createTopic(cluster, topic, PARTITIONS);
        const producers = Array.from({ length: 4 }, (_, number) => {
          const producer = new BlueGreenProducer({
            clientId: 'payments-service',
            record: 'kafka.orders.example.com',
            resolver: { resolveTxt: async () => [[signpostOf([cluster], 1n)]] },
            logger: { debug() {}, info() {}, warn() {}, error() {} },
            transactionalId: `payments-${number}`,
            kafka: { requestTimeout: 3_000 },
          });
          context.after(() => producer.disconnect());
          return producer;
        });
        await Promise.all(producers.map(producer => producer.connect()));
        const committed: string[] = [];
        const aborted: string[] = [];
        const run = async (producer: BlueGreenProducer, name: string) => {
          const transaction = await producer.transaction();
          try {
            const messages = Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, value: name }));
            await transaction.send({ topic, messages });
            await transaction.commit();
            committed.push(name);
          } catch (error) {
            if (!(error instanceof TransactionAborted)) throw error;
            aborted.push(name);
          }
        };
        await Promise.all(
          producers.map(async (producer, number) => {
            for (let count = 0; count < EACH; count += 1) {
              if (number === 0 && count === EACH / 3) cluster.kill(2);
              await run(producer, `${number}.${count}`);
            }
          }),
        );
        await Promise.all(producers.map(producer => producer.disconnect()));
        // A last plain record in every partition: kafkajs hands out no markers.
        const last = new BlueGreenProducer({
          clientId: 'last',
          record: 'kafka.orders.example.com',
          resolver: { resolveTxt: async () => [[signpostOf([cluster], 1n)]] },
        });
        await last.connect();
        const messages = Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, value: 'last' }));
        await last.send({ topic, messages });
        await last.disconnect();
        const times = new Map<string, number>();
        for (const { value } of await readLog(cluster, topic)) times.set(value, (times.get(value) ?? 0) + 1);
        context.diagnostic(`${committed.length} committed, ${aborted.length} aborted`);
        assert.equal(committed.length + aborted.length, producers.length * EACH);
        for (const name of committed) assert.equal(times.get(name), PARTITIONS, `${name} was committed`);
        for (const name of aborted) assert.equal(times.get(name), undefined, `${name} was aborted`);
        assert.equal(times.size, committed.length + 1);
      },
    ),
  );
