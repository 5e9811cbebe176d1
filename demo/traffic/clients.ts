/** The clients the demo's applications use: the one place that says which. */
import { type Consumer, Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';

export type TrafficProducer = Pick<Producer, 'connect' | 'send' | 'disconnect'>;
export type TrafficConsumer = Pick<Consumer, 'connect' | 'subscribe' | 'run' | 'disconnect'>;

const KAFKA_PORT = 9092;

export function plainKafka(record: string, clientId: string): Kafka {
  return new Kafka({ clientId, brokers: [`${record}:${KAFKA_PORT}`], logLevel: logLevel.ERROR });
}

export function createProducer(record: string, instance: string): TrafficProducer {
  return plainKafka(record, instance).producer({
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
}

export function createConsumer(record: string, group: string): TrafficConsumer {
  return plainKafka(record, group).consumer({ groupId: group, maxWaitTimeInMs: 500 });
}
