/** One broker, spoken to with producer ids and sequences of our own, over a connection from inside kafkajs 2.2.x. */
import type { KafkaConfig } from 'kafkajs';
import Broker from 'kafkajs/src/broker/index.js';
import connectionPoolBuilder from 'kafkajs/src/cluster/connectionPoolBuilder.js';
import loggers from 'kafkajs/src/loggers/index.js';
import createSocketFactory from 'kafkajs/src/network/socketFactory.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import definitions, { type WireRequest } from 'kafkajs/src/protocol/requests/index.js';
import { describeProducers } from './describe-producers.ts';
import { ProduceLine } from './produce-line.ts';
import { type EncodedBatch, encodeProduce, fateOf, type ProduceAnswer, type StoredBatch } from './produce-request.ts';
import { type BatchContent, encodeRecordBatch } from './record-batch.ts';
import { RightMissing } from './right-missing.ts';
import { sendWhole } from './whole-request.ts';
import type { WireCall } from './wire-call.ts';
import { wrongBatch } from './wrong-batch.ts';

const PRODUCE = 0;
const METADATA = 3;
const TOPIC_RESOURCE = 2;
const TOPIC_AUTHORIZATION_FAILED = 29;
const LATEST = -1;
const ORDINARY_CLIENT = -1;
/** As this replica id, ListOffsets tells the log end and not the high watermark. */
const DEBUGGING_REPLICA = -2;
const READ_UNCOMMITTED = 0;
const TRANSACTION_TIMEOUT_MS = 60_000;
const DEFAULT_REQUEST_TIMEOUT_MS = 30_000;
const DEFAULT_CONNECTION_TIMEOUT_MS = 3_000;
const CLOSED = 'The connection to the broker was closed.';

export type WireConfig = Omit<KafkaConfig, 'brokers' | 'clientId'> & { readonly clientId: string };

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface ProducerIdentity {
  readonly producerId: string;
  readonly producerEpoch: number;
}

export interface WirePartition {
  readonly partitionErrorCode: number;
  readonly partitionId: number;
  /** Negative when the partition has no leader now. */
  readonly leader: number;
  readonly replicas: number[];
  readonly isr: number[];
}

export interface WireMetadata {
  readonly clusterId: string;
  readonly brokers: readonly (Endpoint & { readonly nodeId: number })[];
  readonly topicMetadata: readonly {
    readonly topicErrorCode: number;
    readonly topic: string;
    readonly partitionMetadata: readonly WirePartition[];
  }[];
}

export interface ProduceRequest extends ProducerIdentity, BatchContent {
  readonly topic: string;
  readonly partition: number;
}

/** Of one partition's leader: the last sequence it holds of a producer, and whether all it holds is replicated. */
export interface ProducerSight {
  readonly lastSequence: number | 'none';
  readonly replicated: boolean;
}

/** A connection is of no more use after these. kafkajs itself keeps one whose other end went silent, for ever. */
const OVER = new Set(['KafkaJSConnectionClosedError', 'KafkaJSRequestTimeoutError']);

/** One broker. Every call connects first if need be; errors are kafkajs's, with its `type`. */
export class WireBroker {
  readonly #make: () => Promise<Broker>;
  #broker: Broker;
  #closed = false;
  readonly #requestTimeoutMs: number;
  readonly #transactionalId: string | null;
  readonly #line = new ProduceLine({
    connect: () => this.connect(),
    send: batches => this.#produceTogether(batches),
  });

  private constructor(
    make: () => Promise<Broker>,
    broker: Broker,
    requestTimeoutMs: number,
    transactionalId: string | null,
  ) {
    this.#make = make;
    this.#broker = broker;
    this.#requestTimeoutMs = requestTimeoutMs;
    this.#transactionalId = transactionalId;
  }

  /** Makes no connection yet. With a transactional id all that is produced belongs to its transactions. */
  static async at(endpoint: Endpoint, config: WireConfig, transactionalId: string | null = null): Promise<WireBroker> {
    const requestTimeout = config.requestTimeout ?? DEFAULT_REQUEST_TIMEOUT_MS;
    // What goes wrong here is told to the caller; kafkajs's own lines would only say it again.
    const logger = loggers.createLogger({ level: 0, logCreator: () => () => undefined });
    const builder = connectionPoolBuilder({
      socketFactory: createSocketFactory(),
      connectionTimeout: DEFAULT_CONNECTION_TIMEOUT_MS,
      enforceRequestTimeout: true,
      ...config,
      brokers: [],
      maxInFlightRequests: null,
      requestTimeout,
      logger,
    });
    const make = async () =>
      new Broker({
        connectionPool: await builder.build(endpoint),
        logger,
        allowAutoTopicCreation: false,
        authenticationTimeout: config.authenticationTimeout,
      });
    return new WireBroker(make, await make(), requestTimeout, transactionalId);
  }

  get isConnected(): boolean {
    return this.#broker.isConnected();
  }

  /** Returns at once when the connection stands; rejects when this broker was closed. */
  async connect(): Promise<void> {
    if (this.#closed) throw new Error(CLOSED);
    const broker = this.#broker;
    if (broker.isConnected()) return;
    try {
      await broker.connect();
    } catch (error) {
      await broker.disconnect();
      throw error;
    }
    if (!this.#closed) return;
    await giveUp(broker);
    throw new Error(CLOSED);
  }

  /** What has no answer yet may have been done; it fails at once: kafkajs itself would wait for each answer's time-out. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#line.close();
    await giveUp(this.#broker);
  }

  /** Per topic and partition with their error codes: one bad partition does not spoil the answer. */
  async metadata(topics: readonly string[]): Promise<WireMetadata> {
    await this.connect();
    const { request, response } = this.#broker.lookupRequest<WireMetadata>(
      METADATA,
      definitions.requests.Metadata,
    )({ topics, allowAutoTopicCreation: false });
    return this.#send({
      request: { ...request, encode: async () => new Encoder().writeArray(topics).writeBoolean(false) },
      response: { ...response, parse: async data => data },
    });
  }

  async initProducerId(): Promise<ProducerIdentity> {
    await this.connect();
    return this.#broker.initProducerId({ transactionTimeout: TRANSACTION_TIMEOUT_MS });
  }

  /** Sends a request that kafkajs does not know, or not in this version. */
  async ask<Answer>(call: WireCall<Answer>): Promise<Answer> {
    const { name: apiName, apiKey, apiVersion, body } = call;
    await this.connect();
    return this.#send({
      request: { apiKey, apiVersion, apiName, encode: async () => new Encoder(0).writeBuffer(body) },
      response: { decode: async payload => call.decode(payload), parse: async answer => answer },
    });
  }

  /** NotSent when it did not leave, as when `mayLeave` says no right before; whatever else fails may have been stored. */
  async produce({ topic, partition, ...content }: ProduceRequest, mayLeave: () => boolean): Promise<StoredBatch> {
    return this.#line.produce({ topic, partition, recordSet: await encodeRecordBatch(content) }, mayLeave);
  }

  /** Asks the leader what it holds of a producer. */
  async sightOf(topic: string, partition: number, identity: ProducerIdentity): Promise<ProducerSight> {
    await this.connect();
    const lastSequence = await this.#lastSequence(topic, partition, identity);
    const logEnd = await this.#end(topic, partition, DEBUGGING_REPLICA);
    const highWatermark = await this.#end(topic, partition, ORDINARY_CLIENT);
    return { lastSequence, replicated: highWatermark >= logEnd };
  }

  /** The topic's effective `max.message.bytes`. */
  async maxMessageBytes(topic: string): Promise<number> {
    await this.connect();
    const name = 'max.message.bytes';
    const { resources } = await this.#broker.describeConfigs({
      resources: [{ type: TOPIC_RESOURCE, name: topic, configNames: [name] }],
    });
    const value = resources[0]?.configEntries.find(entry => entry.configName === name)?.configValue;
    if (value === undefined || value === null) throw new Error(`The broker does not tell ${name} of topic ${topic}.`);
    return Number(value);
  }

  /**
   * Whether the partition takes more than transaction markers, told by what a batch of 79 bytes meets that cannot be appended: its
   * checksum is wrong, which a leader looks at after the size. It needs no right but that to write.
   */
  async takesLittle(topic: string, partition: number): Promise<boolean> {
    await this.connect();
    const [met] = await this.#sendBatches([{ topic, partition, recordSet: wrongBatch() }], null);
    const type = met instanceof Error && 'type' in met ? met.type : null;
    if (type === 'CORRUPT_MESSAGE') return true;
    if (type === 'MESSAGE_TOO_LARGE') return false;
    throw met instanceof Error ? met : new Error(`A batch that cannot be appended met no refusal on ${topic}.`);
  }

  #produceTogether(batches: readonly EncodedBatch[]): Promise<readonly (StoredBatch | Error)[]> {
    return this.#sendBatches(batches, this.#transactionalId);
  }

  async #sendBatches(
    batches: readonly EncodedBatch[],
    transactionalId: string | null,
  ): Promise<readonly (StoredBatch | Error)[]> {
    const { request, response } = this.#broker.lookupRequest<ProduceAnswer>(PRODUCE, definitions.requests.Produce)({});
    const body = encodeProduce(batches, { transactionalId, timeoutMs: this.#requestTimeoutMs });
    const answer = await this.#heeding(async () => {
      const connection = await this.#broker.connectionPool.getConnectionByRequest({ request });
      return sendWhole(connection, request, body, payload => response.decode(payload));
    });
    return batches.map(batch => fateOf(batch, answer));
  }

  async #end(topic: string, partition: number, replicaId: number): Promise<bigint> {
    const { responses } = await this.#broker.listOffsets({
      replicaId,
      isolationLevel: READ_UNCOMMITTED,
      topics: [{ topic, partitions: [{ partition, timestamp: LATEST }] }],
    });
    const offset = responses[0]?.partitions[0]?.offset;
    if (offset === undefined) throw new Error(`The broker does not tell the end of ${topic}, partition ${partition}.`);
    return BigInt(offset);
  }

  /** Sequences of another epoch are those of other batches. */
  async #lastSequence(
    topic: string,
    partition: number,
    { producerId, producerEpoch }: ProducerIdentity,
  ): Promise<number | 'none'> {
    const { errorCode, producers } = await this.ask(describeProducers(topic, partition));
    if (errorCode === TOPIC_AUTHORIZATION_FAILED) {
      throw new RightMissing('READ', topic, 'whether it stored a batch that it did not answer');
    }
    if (errorCode !== 0) {
      throw new Error(`DescribeProducers of ${topic}, partition ${partition}, was answered with error ${errorCode}.`);
    }
    const mine = producers.find(one => one.producerId === producerId && one.producerEpoch === producerEpoch);
    return mine === undefined || mine.lastSequence < 0 ? 'none' : mine.lastSequence;
  }

  #send<Data>(request: WireRequest<Data>): Promise<Data> {
    return this.#heeding(() => this.#broker.connectionPool.send(request));
  }

  /**
   * A connection that was closed, or that left a request without answer, is not asked again: whatever else is on its way there is
   * without answer too, and the next call makes a new one. Sequences make that safe.
   */
  async #heeding<Data>(ask: () => Promise<Data>): Promise<Data> {
    const broker = this.#broker;
    try {
      return await ask();
    } catch (error) {
      if (error instanceof Error && OVER.has(error.name)) await this.#replace(broker);
      throw error;
    }
  }

  async #replace(broken: Broker): Promise<void> {
    const fresh = await this.#make();
    if (this.#broker !== broken) return;
    this.#broker = fresh;
    await giveUp(broken);
  }
}

/** kafkajs itself would wait for each answer's time-out, and leave the connection to an end that may never come. */
async function giveUp(broker: Broker): Promise<void> {
  const unanswered = new Error('The connection was closed before the answer came.');
  for (const connection of broker.connectionPool.pool) {
    connection.rejectRequests(unanswered);
    connection.socket?.destroy();
  }
  await broker.disconnect();
}
