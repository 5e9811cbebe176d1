/**
 * The verdict on a test's traffic, by the same auditor that judges the demo: what producers had acknowledged against what both
 * logs hold, read by the auditor's own reader.
 */
import { type AuditResult, audit as auditJournal } from '../../demo/auditor/audit.ts';
import { Journal } from '../../demo/auditor/journal.ts';
import { LogReader } from '../../demo/auditor/log-reader.ts';
import { formatValue, identityOf } from '../../demo/traffic/identity.ts';
import type { KafkaCluster } from '../../local/cluster.ts';
import type { LoggedRecord } from './cluster-work.ts';

const READ_WITHIN_MS = 60_000;

/** What a cluster took while it was in service; a cluster that served twice has two. */
export interface ServedLog {
  readonly cluster: string;
  readonly records: readonly Pick<LoggedRecord, 'partition' | 'key' | 'value'>[];
  /** Only its own order counts: it did not come before or after the others. */
  readonly apart?: boolean;
}

/** One record of a load: `key producer sequence`. */
export type RecordName = string;

export interface Verdict extends AuditResult {
  /** Records in the logs that are no load's. */
  readonly foreign: number;
}

export function recordName(key: string, producer: string, sequence: number): RecordName {
  return `${key} ${producer} ${sequence}`;
}

export function valueOf(producer: string, sequence: number, bytes = 0): string {
  return formatValue(producer, sequence, bytes);
}

/** Names and moments of what was acknowledged; logs in the order in which a consumer reads them. */
export function judge(
  acknowledged: Iterable<readonly [RecordName, number]>,
  logs: readonly ServedLog[],
  produced = 0,
): Verdict {
  const topic = 'load';
  const journal = new Journal([]);
  journal.produce(produced);
  for (const [name, atMs] of acknowledged) {
    const [key = '', producer = '', sequence] = name.split(' ');
    journal.acknowledge(journal.intern({ topic, key, producer }), Number(sequence), atMs);
  }
  for (const { cluster, records, apart } of logs) {
    for (const { partition, key, value } of records) journal.hold(cluster, topic, partition, identityOf(key, value));
    if (apart === true) journal.strand(cluster);
  }
  return { ...auditJournal(journal.toInput()), foreign: journal.foreign };
}

/** Every record of a topic that a cluster holds now, per partition in the order of the log. */
export async function heldBy(cluster: Pick<KafkaCluster, 'bootstrap'>, topic: string): Promise<LoggedRecord[]> {
  const records: LoggedRecord[] = [];
  const reader = await LogReader.start({
    bootstrap: cluster.bootstrap.split(',').map(address => {
      const [host = '', port] = address.split(':');
      return { host, port: Number(port) };
    }),
    reads: name => name === topic,
    onRecord: (_, partition, { offset, key, value }) =>
      records.push({ partition, offset: String(offset), key: key ?? '', value: value ?? '' }),
  });
  try {
    await reader.readToEnd(READ_WITHIN_MS);
  } finally {
    await reader.stop();
  }
  return records;
}

/**
 * The most often that the records of one key and producer, in the order in which they were sent, go over from one log to another:
 * not more often than the traffic did.
 */
export function mostMoves(logs: readonly (readonly Pick<LoggedRecord, 'key' | 'value'>[])[]): number {
  const streams = new Map<string, { readonly sequence: number; readonly log: number }[]>();
  for (const [log, records] of logs.entries())
    for (const { key, value } of records) {
      const { producer = '', sequence = -1 } = identityOf(key, value) ?? {};
      const name = `${key} ${producer}`;
      const stream = streams.get(name) ?? [];
      streams.set(name, stream);
      stream.push({ sequence, log });
    }
  const moves = [...streams.values()].map(stream => {
    const inOrder = stream.toSorted((a, b) => a.sequence - b.sequence);
    return inOrder.filter(({ log }, at) => at > 0 && inOrder[at - 1]?.log !== log).length;
  });
  return Math.max(0, ...moves);
}
