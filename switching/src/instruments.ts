/** What the clients need of a metrics registry, whoever makes the instruments. */

/** prom-client's `Registry`. */
export interface MetricsRegistry {
  getSingleMetric(name: string): unknown;
  registerMetric(metric: never): void;
}

/** One client's labels; `groupId` is empty for a producer. */
export interface ClientLabels {
  readonly clientId: string;
  readonly record: string;
  readonly groupId: string;
}

export type CounterName =
  | 'switches'
  | 'holds'
  | 'stays'
  | 'alarms'
  | 'sent'
  | 'stored'
  | 'failed'
  | 'carriedOver'
  | 'resolved'
  | 'possiblyDoubled'
  | 'transactionsCommitted'
  | 'transactionsAborted'
  | 'transactionsUnknown';

/** The instruments of one registry, shared by all clients that were given it. */
export interface Instruments {
  count(name: CounterName, labels: ClientLabels, by: number): void;
  handled(labels: ClientLabels & { readonly cluster: string }, messages: number): void;
  switched(labels: ClientLabels, seconds: number): void;
  /** Asked whenever the registry is read; returns what ends that. */
  buffer(labels: ClientLabels, ask: () => Buffered): () => void;
}

export interface Buffered {
  readonly bytes: number;
  readonly records: number;
}
