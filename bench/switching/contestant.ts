/** The producers of a client's process behind one face, each with the equal settings: all replicas, idempotent, no compression. */
import { Producer as PlatformaticProducer } from '@platformatic/kafka';
import { BlueGreenProducer } from 'kafka-bluegreen-switching';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import type { NodeClient } from './clients.ts';
import { type Names, nameOf } from './names.ts';

const ALL_REPLICAS = -1;
/** An application that waits for its cluster as long as it takes. */
const RETRIES = 100;

export interface BenchMessage {
  readonly key: Buffer;
  readonly value: Buffer;
}

export interface Contestant {
  /** What this client is given at once, and how often before it answered: what it is at its best with. */
  readonly messagesASend: number;
  readonly sendsUnanswered: number;
  connect(): Promise<void>;
  /** Resolves when all of them are acknowledged. */
  send(topic: string, messages: BenchMessage[]): Promise<unknown>;
  disconnect(): Promise<void>;
}

export function contestant(client: NodeClient, names: Names): Contestant {
  switch (client) {
    case 'kafka-bluegreen':
      return { ...blueGreen(names), messagesASend: 1, sendsUnanswered: 10_000 };
    case 'kafka-bluegreen-batch':
      return { ...blueGreen(names), messagesASend: 2_000, sendsUnanswered: 8 };
    case 'kafkajs':
      return { ...plain(names), messagesASend: 1, sendsUnanswered: 200 };
    case 'kafkajs-batch':
      return { ...plain(names), messagesASend: 2_000, sendsUnanswered: 2 };
    case 'platformatic':
      return platformatic(names);
  }
}

export function blueGreenProducer(names: Names): BlueGreenProducer {
  return new BlueGreenProducer({
    clientId: 'bench',
    record: names.record,
    resolver: { resolveTxt: async () => [[await nameOf(names, 'signpost')]] },
  });
}

function blueGreen(names: Names): Pick<Contestant, 'connect' | 'send' | 'disconnect'> {
  const producer = blueGreenProducer(names);
  return {
    connect: () => producer.connect(),
    send: (topic, messages) => producer.send({ topic, messages }),
    disconnect: () => producer.disconnect(),
  };
}

/** kafkajs's own; its name is looked up when it connects. */
export function plainProducer(names: Names): Producer {
  const brokers = async () => (await nameOf(names, 'address')).split(',');
  const kafka = new Kafka({ clientId: 'bench', brokers, logLevel: logLevel.NOTHING, retry: { retries: RETRIES } });
  return kafka.producer({ idempotent: true });
}

function plain(names: Names): Pick<Contestant, 'connect' | 'send' | 'disconnect'> {
  const producer = plainProducer(names);
  return {
    connect: () => producer.connect(),
    send: (topic, messages) => producer.sendBatch({ acks: ALL_REPLICAS, topicMessages: [{ topic, messages }] }),
    disconnect: () => producer.disconnect(),
  };
}

function platformatic(names: Names): Contestant {
  let producer: PlatformaticProducer | null = null;
  return {
    messagesASend: 2_000,
    sendsUnanswered: 2,
    connect: async () => {
      const bootstrapBrokers = (await nameOf(names, 'address')).split(',');
      producer = new PlatformaticProducer({ clientId: 'bench', bootstrapBrokers, idempotent: true, retries: RETRIES });
      await producer.initIdempotentProducer({});
    },
    send: async (topic, messages) => producer?.send({ messages: messages.map(message => ({ topic, ...message })) }),
    disconnect: async () => producer?.close(),
  };
}
