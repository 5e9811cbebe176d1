/** The deployment that the demo asks for: short waits, since every client is switch-aware and every cache is our own. */
export const CLUSTER = 'orders';
export const RECORD = 'kafka.orders.example.com';
export const BLUE = { stack: 'kafka-orders-a', kafkaVersion: '3.9.2', metadataMode: 'zookeeper' } as const;
export const GREEN = { stack: 'kafka-orders-b', kafkaVersion: '4.3.1', metadataMode: 'kraft' } as const;
/** What the record had before; the run lowers it and restores it. */
export const RECORD_TTL_SECONDS = 10;
export const REQUESTED_BY = 'ada';

export const REQUEST = {
  cluster: CLUSTER,
  record: RECORD,
  requestedBy: REQUESTED_BY,
  blue: { stack: BLUE.stack },
  green: {
    stack: GREEN.stack,
    parameters: { KafkaVersion: GREEN.kafkaVersion, MetadataMode: GREEN.metadataMode },
  },
  topics: [
    { match: 'customer-profiles', disposition: 'drain' },
    { match: 'ledger-entries', disposition: 'drain' },
  ],
  ttl: '5s',
  settle: { clientCache: '5s', quiet: '3s' },
  drain: { sweeps: 3, every: '2s' },
  bake: '5s',
  keepStopped: '3s',
} as const;
