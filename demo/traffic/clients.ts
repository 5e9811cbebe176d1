/** The clients the demo's applications use: the one place that says which. */
import { BlueGreenConsumer, BlueGreenProducer } from 'kafka-bluegreen-switching';
import { Kafka, logLevel } from 'kafkajs';
import { AwaitingProducer } from './awaiting-producer.ts';
import type { ClientKind } from './client-kind.ts';
import { TimedConsumer } from './timed-consumer.ts';
import { TimedProducer } from './timed-producer.ts';
import type { TrafficConsumer, TrafficProducer } from './traffic-client.ts';

export interface Clients {
  readonly producer: (instance: string) => TrafficProducer;
  readonly consumer: (group: string) => TrafficConsumer;
}

/** The names by which the applications know Kafka: one to write to, one to read from. */
export interface KafkaNames {
  readonly record: string;
  readonly readRecord: string;
}

/** How long a client lives that is replaced by the clock. Who publishes the remedy leaves that open. */
export const TIMER_MS = 20_000;

const KAFKA_PORT = 9092;
/** In a run the signpost is looked up in the run's own resolver. */
const server = process.env['KAFKA_BLUEGREEN_RESOLVER'];
const resolver = server === undefined ? {} : { resolver: { servers: [server] } };

/** An application that switches nothing, with kafkajs's own defaults. */
export function plainKafka(record: string, clientId: string): Kafka {
  return new Kafka({ clientId, brokers: [`${record}:${KAFKA_PORT}`], logLevel: logLevel.NOTHING });
}

export function clientsOf(kind: ClientKind, { record, readRecord }: KafkaNames): Clients {
  const plain: Clients = {
    producer: instance => new AwaitingProducer(plainKafka(record, instance).producer()),
    consumer: group => plainKafka(readRecord, group).consumer({ groupId: group }),
  };
  switch (kind) {
    case 'library':
      return {
        producer: instance => new BlueGreenProducer({ clientId: instance, record, ...resolver }),
        consumer: group =>
          new BlueGreenConsumer({
            clientId: group,
            groupId: group,
            record,
            consumer: { maxWaitTimeInMs: 500 },
            ...resolver,
          }),
      };
    case 'plain':
      return plain;
    case 'timer':
      return {
        producer: instance => new TimedProducer(() => plain.producer(instance), TIMER_MS),
        consumer: group => new TimedConsumer(() => plain.consumer(group), TIMER_MS),
      };
  }
}
