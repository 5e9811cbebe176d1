/** The clients the demo's applications use: the one place that says which. */
import { BlueGreenConsumer, BlueGreenProducer } from 'kafka-bluegreen-switching';
import { type Consumer, Kafka, logLevel, type Producer } from 'kafkajs';

export type TrafficProducer = Pick<Producer, 'connect' | 'send' | 'disconnect'>;
export type TrafficConsumer = Pick<Consumer, 'connect' | 'subscribe' | 'run' | 'disconnect'>;

const KAFKA_PORT = 9092;
/** In a run the signpost is looked up in the run's own resolver. */
const server = process.env['KAFKA_BLUEGREEN_RESOLVER'];
const resolver = server === undefined ? {} : { resolver: { servers: [server] } };

/** An application that switches nothing: the nightly job, which is over before the flip. */
export function plainKafka(record: string, clientId: string): Kafka {
  return new Kafka({ clientId, brokers: [`${record}:${KAFKA_PORT}`], logLevel: logLevel.NOTHING });
}

export function createProducer(record: string, instance: string): TrafficProducer {
  return new BlueGreenProducer({ clientId: instance, record, ...resolver });
}

export function createConsumer(record: string, group: string): TrafficConsumer {
  return new BlueGreenConsumer({
    clientId: group,
    groupId: group,
    record,
    consumer: { maxWaitTimeInMs: 500 },
    ...resolver,
  });
}
