/** The deployment that the demo asks for: short waits, since every cache is our own. */
import type { ClientKind } from './traffic/client-kind.ts';
import { DEMO_APPLICATIONS } from './traffic/shapes.ts';

export const CLUSTER = 'orders';
export const RECORD = 'kafka.orders.example.com';
/** A name of their own for readers that follow names and know no signpost. */
export const READ_RECORD = 'kafka-read.orders.example.com';
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

/** The request of a scenario: the same with other waits. */
export type DemoRequest = Omit<typeof REQUEST, 'settle' | 'drain'> & {
  readonly settle: Readonly<Record<keyof typeof REQUEST.settle, string>>;
  readonly drain: typeof REQUEST.drain & { readonly deadline?: string };
};

/**
 * What the request needs beside for clients that know no signpost: nothing would hold their readers on blue, so either they have a
 * name of their own that moves last, or somebody answers for each group.
 */
export function neededFor(clients: ClientKind): object {
  switch (clients) {
    case 'library':
      return {};
    case 'timer':
      return { readRecord: READ_RECORD };
    case 'plain':
      return {
        waive: DEMO_APPLICATIONS.groups.map(({ group }) => ({
          kind: 'group',
          name: group,
          by: REQUESTED_BY,
          reason: 'its owner restarts it when the run says so, and not before',
        })),
      };
  }
}
