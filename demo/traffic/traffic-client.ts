/** As much of kafkajs's clients as the demo's applications use. */
import type { Consumer, Producer } from 'kafkajs';

export type TrafficProducer = Pick<Producer, 'connect' | 'send' | 'disconnect'>;
export type TrafficConsumer = Pick<Consumer, 'connect' | 'subscribe' | 'run' | 'disconnect'>;
