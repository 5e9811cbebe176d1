/** The instruments as prom-client's metrics: made once for each registry, whoever shares it. */
import type { Registry } from 'prom-client';
import type { Buffered, ClientLabels, CounterName, Instruments, MetricsRegistry } from './instruments.ts';

const PREFIX = 'kafka_bluegreen_';
const CLIENT = ['clientId', 'record', 'groupId'] as const;
const DURATION_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

const counters: Readonly<Record<CounterName, readonly [name: string, help: string]>> = {
  switches: ['switches_total', 'Switches to another cluster that were completed.'],
  holds: ['holds_total', 'Times that a producer began to hold: the signpost asked it to, or a topic was fenced.'],
  stays: ['stays_total', 'Reasons to stay on a cluster although something changed or could not be read.'],
  alarms: ['alarms_total', 'Reasons to stay that somebody has to look at.'],
  sent: ['records_sent_total', 'Records given to send.'],
  stored: ['records_stored_total', 'Records of calls of send that were resolved.'],
  failed: ['records_failed_total', 'Records of calls of send that were rejected.'],
  carriedOver: ['records_carried_over_total', 'Records that the old cluster had not taken at a switch.'],
  resolved: ['records_resolved_total', 'Records whose fate the old cluster told at a switch.'],
  possiblyDoubled: ['records_possibly_doubled_total', 'Records whose fate no cluster could tell, sent once more.'],
  transactionsCommitted: ['transactions_committed_total', 'Transactions that were committed.'],
  transactionsAborted: ['transactions_aborted_total', 'Transactions that were aborted, by whomever.'],
  transactionsUnknown: ['transactions_unknown_total', 'Transactions whose end no cluster could tell.'],
};

const made = new WeakMap<MetricsRegistry, Promise<Instruments>>();

/** The same for every client that was given this registry. */
export function instrumentsOf(registry: MetricsRegistry): Promise<Instruments> {
  const instruments = made.get(registry) ?? make(registry as unknown as Registry);
  made.set(registry, instruments);
  return instruments;
}

async function make(registry: Registry): Promise<Instruments> {
  const { default: prometheus } = await import('prom-client').catch((cause: unknown) => {
    throw new Error('The option metrics needs the package prom-client: install it, or leave the option out.', {
      cause,
    });
  });
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new prometheus.Counter({ name: `${PREFIX}${name}`, help, labelNames, registers });
  const byName = new Map(
    Object.entries(counters).map(([key, [name, help]]) => [key as CounterName, counter(name, help, CLIENT)]),
  );
  const handled = counter('messages_handled_total', 'Messages that handlers were done with.', [...CLIENT, 'cluster']);
  const duration = new prometheus.Histogram({
    name: `${PREFIX}switch_duration_seconds`,
    help: 'From the beginning of a switch until nothing is left on the old cluster.',
    labelNames: CLIENT,
    buckets: DURATION_BUCKETS,
    registers,
  });
  const buffers = new Set<{ readonly labels: ClientLabels; readonly ask: () => Buffered }>();
  for (const [what, help] of [
    ['bytes', 'Of records that are neither stored nor failed, as the buffer counts them.'],
    ['records', 'Records that are neither stored nor failed.'],
  ] as const)
    registry.registerMetric(
      new prometheus.Gauge({
        name: `${PREFIX}buffered_${what}`,
        help,
        labelNames: CLIENT,
        registers: [],
        collect() {
          this.reset();
          for (const { labels, ask } of buffers) this.inc({ ...labels }, ask()[what]);
        },
      }),
    );
  return {
    count: (name, labels, by) => byName.get(name)?.inc({ ...labels }, by),
    handled: (labels, messages) => handled.inc({ ...labels }, messages),
    switched: (labels, seconds) => duration.observe({ ...labels }, seconds),
    buffer: (labels, ask) => {
      const buffer = { labels, ask };
      buffers.add(buffer);
      return () => void buffers.delete(buffer);
    },
  };
}
