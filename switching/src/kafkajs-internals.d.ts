/** The shapes of what is taken from inside kafkajs 2.2.x, which publishes no types for them. */
declare module 'kafkajs/src/broker/index.js' {
  import type { Connection } from 'kafkajs/src/network/connection.js';
  import type { WireRequest } from 'kafkajs/src/protocol/requests/index.js';

  export default class Broker {
    constructor(options: {
      connectionPool: unknown;
      logger: unknown;
      allowAutoTopicCreation: boolean;
      authenticationTimeout?: number | undefined;
    });
    connectionPool: {
      send<Data>(request: WireRequest<Data>): Promise<Data>;
      readonly pool: readonly Connection[];
      getConnectionByRequest(asked: { request: { apiKey: number } }): Promise<Connection>;
    };
    lookupRequest<Data>(apiKey: number, definition: unknown): (values: object) => WireRequest<Data>;
    isConnected(): boolean;
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    initProducerId(request: { transactionTimeout: number }): Promise<{ producerId: string; producerEpoch: number }>;
    listOffsets(request: {
      replicaId: number;
      isolationLevel: number;
      topics: readonly { topic: string; partitions: readonly { partition: number; timestamp: number }[] }[];
    }): Promise<{ responses: readonly { partitions: readonly { offset: string }[] }[] }>;
    describeConfigs(request: {
      resources: readonly { type: number; name: string; configNames: readonly string[] }[];
    }): Promise<{
      resources: readonly { configEntries: readonly { configName: string; configValue: string | null }[] }[];
    }>;
  }
}

declare module 'kafkajs/src/protocol/requests/index.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js';

  export interface WireRequest<Data> {
    request: { apiKey: number; apiVersion: number; apiName: string; encode(): Promise<Encoder> };
    response: { decode(payload: Buffer): Promise<Data>; parse(data: Data): Promise<Data> };
  }
  const definitions: { requests: Readonly<Record<'Metadata' | 'Produce', unknown>> };
  export default definitions;
}

declare module 'kafkajs/src/protocol/encoder.js' {
  export default class Encoder {
    constructor(initialSize?: number);
    writeBuffer(value: Buffer): this;
    writeBoolean(value: boolean): this;
    writeArray(values: readonly (string | number)[]): this;
  }
}

declare module 'kafkajs/src/cluster/connectionPoolBuilder.js' {
  export default function connectionPoolBuilder(options: object): {
    build(destination: { host: string; port: number }): Promise<unknown>;
  };
}

declare module 'kafkajs/src/network/connection.js' {
  export interface Connection {
    readonly clientId: string;
    /** Not before the first connection. */
    readonly socket?: { cork(): void; uncork(): void; write(bytes: Buffer): unknown; destroy(): void };
    readonly requestQueue: {
      push(request: {
        readonly entry: {
          readonly apiName: string;
          readonly apiKey: number;
          readonly apiVersion: number;
          readonly correlationId: number;
          readonly resolve: (answered: { readonly payload: Buffer }) => void;
          readonly reject: (error: Error) => void;
        };
        readonly expectResponse: true;
        readonly requestTimeout: null;
        readonly sendRequest: () => void;
      }): void;
      maybeThrottle(ms: number | undefined): void;
    };
    isAuthenticated(): boolean;
    authenticate(): Promise<void>;
    failIfNotConnected(): void;
    nextCorrelationId(): number;
    rejectRequests(error: Error): void;
  }
}

declare module 'kafkajs/src/network/socketFactory.js' {
  import type { ISocketFactory } from 'kafkajs';
  export default function socketFactory(): ISocketFactory;
}

declare module 'kafkajs/src/loggers/index.js' {
  const loggers: { createLogger(options: { level: number; logCreator: () => () => void }): unknown };
  export default loggers;
}

declare module 'kafkajs/src/protocol/error.js' {
  const errors: { createErrorFromCode(code: number): Error };
  export default errors;
}

declare module 'kafkajs/src/protocol/message/compression/index.js' {
  const codecs: {
    /** Null for a type that Kafka does not have. */
    lookupCodec(type: number): { compress(encoder: { readonly buffer: Buffer }): Promise<Buffer> } | null;
  };
  export default codecs;
}

declare module 'kafkajs/src/consumer/runner.js' {
  /** Fetches from all brokers and hands what it gets to the handlers, until it is stopped. */
  export default class Runner {
    constructor(options: {
      logger: unknown;
      consumerGroup: object;
      instrumentationEmitter: { emit(event: string, payload: object): void };
      concurrency: number;
      onCrash: (reason: Error) => void;
    });
    readonly fetchManager: { start(): Promise<void> };
    readonly running: boolean;
    start: (this: Runner) => Promise<void>;
    stop(): Promise<void>;
    fetch(nodeId: string): Promise<readonly unknown[]>;
  }
}
