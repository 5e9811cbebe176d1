export { BetweenClusters } from './between-clusters.ts';
export {
  BlueGreenConsumer,
  type BlueGreenConsumerEvents,
  type BlueGreenConsumerOptions,
  type KafkaLike,
} from './consumer.ts';
export { NotReadHere } from './delivered.ts';
export type { BlueGreenEvent, BlueGreenEvents } from './events.ts';
export type { MetricsRegistry } from './instruments.ts';
export type { Logger } from './logger.ts';
export { NoPlaceToStart } from './no-place-to-start.ts';
export type { BlueGreenOptions } from './options.ts';
export { BlueGreenProducer, type BlueGreenProducerEvents, type BlueGreenProducerOptions } from './producer.ts';
export { type SendFate, type SendState, SendTimeout } from './send-timeout.ts';
export type { TxtResolver } from './signpost-lookup.ts';
export {
  OffsetsOfAnotherCluster,
  TransactionAborted,
  TransactionalIdTaken,
  TransactionOutcomeUnknown,
} from './transaction-errors.ts';
