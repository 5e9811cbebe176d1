export { BlueGreenConsumer, type BlueGreenConsumerOptions, type KafkaLike } from './consumer.ts';
export type { BlueGreenEvent, BlueGreenEvents } from './events.ts';
export type { Logger } from './logger.ts';
export { NoPlaceToStart } from './no-place-to-start.ts';
export type { BlueGreenOptions } from './options.ts';
export { BlueGreenProducer, type BlueGreenProducerOptions } from './producer.ts';
export type { TxtResolver } from './signpost-lookup.ts';
