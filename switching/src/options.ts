/** What every switching client is told when it is made. */
import { type KafkaConfig, logLevel } from 'kafkajs';
import type { MetricsRegistry } from './instruments.ts';
import type { Logger } from './logger.ts';
import type { TxtResolver } from './signpost-lookup.ts';

export interface BlueGreenOptions {
  /** The client ids that brokers see are this with `+bluegreen` at the end: it tells the operator who switches by itself. */
  readonly clientId: string;
  /** The service record, `kafka.orders.example.com`; its signpost stands beside it. */
  readonly record: string;
  /** The port behind the record, used only while there is no signpost. 9092 when absent. */
  readonly port?: number;
  /** The rest of kafkajs's configuration: ssl, sasl, time-outs, logLevel. */
  readonly kafka?: Omit<KafkaConfig, 'brokers' | 'clientId'>;
  /** The machine's own DNS servers when absent. */
  readonly resolver?: TxtResolver | { readonly servers: readonly string[] };
  /** Warnings and errors as JSON lines on standard error when absent. */
  readonly logger?: Logger;
  /** prom-client's Registry; clients may share one. Nothing is counted when absent. */
  readonly metrics?: MetricsRegistry;
  /** How often the signpost is looked up while a deployment is going on; five times slower when all is steady. 2,000 when absent. */
  readonly signpostPollMs?: number;
  /** How long `connect` looks for a cluster to start on before it gives up. 30,000 when absent. */
  readonly connectTimeoutMs?: number;
  /** A switch begins at a random moment of this span, so that a fleet does not move in one instant. 500 when absent. */
  readonly switchJitterMs?: number;
}

export const DEFAULT_PORT = 9_092;
export const DEFAULT_SIGNPOST_POLL_MS = 2_000;
export const DEFAULT_CONNECT_TIMEOUT_MS = 30_000;
export const DEFAULT_SWITCH_JITTER_MS = 500;

const SWITCH_AWARE = '+bluegreen';

/** The client id that brokers see. */
export function brokerClientId({ clientId }: BlueGreenOptions): string {
  return clientId.endsWith(SWITCH_AWARE) ? clientId : `${clientId}${SWITCH_AWARE}`;
}

/** The record itself as `host:port`. */
export function recordAddress({ record, port = DEFAULT_PORT }: BlueGreenOptions): string {
  return `${record}:${port}`;
}

/** kafkajs's configuration for one cluster; quiet unless the application asks for kafkajs's log. */
export function kafkaConfig(options: BlueGreenOptions, addresses: readonly string[]): KafkaConfig {
  return { logLevel: logLevel.NOTHING, ...options.kafka, clientId: brokerClientId(options), brokers: [...addresses] };
}
