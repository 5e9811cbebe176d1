/** Flips under load, and what the demo's auditor makes of each: both logs against every acknowledgement. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type AuditResult, audit } from '../../demo/auditor/audit.ts';
import { Journal } from '../../demo/auditor/journal.ts';
import { LogReader } from '../../demo/auditor/log-reader.ts';
import { identityOf, type RecordIdentity } from '../../demo/traffic/identity.ts';
import type { KafkaCluster } from '../../local/cluster.ts';
import { Child } from './child.ts';
import type { FlipClient } from './clients.ts';
import { withTopic } from './clusters.ts';
import { JavaWriter } from './java.ts';
import type { FlipRow } from './results.ts';
import { pointTo } from './signposts.ts';
import { percentile } from './statistics.ts';
import type { Measuring } from './steady.ts';
import type { Acknowledgements, WriterTask } from './writer-process.ts';

const CLIENTS: readonly FlipClient[] = ['kafka-bluegreen', 'timer', 'kafkajs', 'java'];
const KEYS = 400;
/** How often the `timer` makes a new client. The published recipe leaves that open; seconds, so that a run need not wait. */
const TIMER_MS = 4_000;
const DEADLINE_MS = 60_000;
const POLL_MS = 25;

interface Writer {
  stop(): Promise<void>;
}

export async function measureFlips(measuring: Measuring): Promise<FlipRow[]> {
  const { plan, print } = measuring;
  const audits = new Map(CLIENTS.map(client => [client, [] as AuditResult[]]));
  for (let flip = 1; flip <= plan.flips; flip += 1) {
    for (const client of CLIENTS) {
      const result = await flipOnce(measuring, client, `flip-${flip}-${client}`);
      audits.get(client)?.push(result);
      const { p50, max } = result.writeStallMs;
      const { acknowledged, lost, doubled, reordered } = result;
      print(
        `flip ${flip} of ${plan.flips}: ${client}: stall p50 ${p50} ms, max ${max} ms; ` +
          `${acknowledged} acknowledged, ${lost} lost, ${doubled} doubled, ${reordered} reordered`,
      );
    }
  }
  return CLIENTS.map(client => rowOf(client, audits.get(client) ?? []));
}

function rowOf(client: FlipClient, audits: readonly AuditResult[]): FlipRow {
  const stallMs = audits.flatMap(({ stalls }) => stalls.map(stall => stall.stallMs));
  const sum = (of: (result: AuditResult) => number) => audits.reduce((total, result) => total + of(result), 0);
  return {
    client,
    stallMs: { p50: percentile(stallMs, 50), p99: percentile(stallMs, 99), max: percentile(stallMs, 100) },
    lost: sum(({ lost }) => lost),
    doubled: sum(({ doubled }) => doubled),
    reordered: sum(({ reordered }) => reordered),
  };
}

/** Writers begin on blue; blue stays open until the last of them is on green, as in a deployment. */
async function flipOnce(measuring: Measuring, client: FlipClient, topic: string): Promise<AuditResult> {
  const { clusters, names, plan } = measuring;
  const { blue, green } = clusters;
  return withTopic([blue, green], { topic, partitions: plan.partitions }, async () => {
    await pointTo(names, [blue, green], blue);
    const journal = new Journal([]);
    const [onBlue, onGreen] = await Promise.all([
      readLogOf(blue, 'blue', topic, journal),
      readLogOf(green, 'green', topic, journal),
    ]);
    let writer: Writer | null = null;
    try {
      writer = await startWriter(measuring, client, topic, journal, blue, 1);
      const enough = (plan.flipPerSecond * plan.beforeFlipMs) / 1_000;
      await until(`${client} wrote to blue`, () => journal.acknowledgedCount >= enough);
      await pointTo(names, [blue, green], green);
      if (client === 'kafkajs' || client === 'java') {
        await writer.stop();
        writer = await startWriter(measuring, client, topic, journal, green, 2);
      }
      const before = onGreen.records();
      await until(`${client} wrote to green`, () => onGreen.records() >= before + enough / 2);
      await until(`${client} wrote to every partition of green`, () => onGreen.partitions() === plan.partitions);
      await writer.stop();
      writer = null;
      await Promise.all([onBlue.reader.readToEnd(DEADLINE_MS), onGreen.reader.readToEnd(DEADLINE_MS)]);
      return audit(journal.toInput());
    } finally {
      await writer?.stop();
      await Promise.all([onBlue.reader.stop(), onGreen.reader.stop()]);
    }
  });
}

async function readLogOf({ bootstrap }: KafkaCluster, cluster: string, topic: string, journal: Journal) {
  let records = 0;
  const partitions = new Set<number>();
  const [host = '', port] = bootstrap.split(':');
  const reader = await LogReader.start({
    bootstrap: [{ host, port: Number(port) }],
    reads: name => name === topic,
    onRecord: (_, partition, { key, value }) => {
      records += 1;
      partitions.add(partition);
      journal.hold(cluster, topic, partition, identityOf(key, value) ?? javaIdentity(key, value));
    },
  });
  return { reader, records: () => records, partitions: () => partitions.size };
}

/** VerifiableProducer writes `prefix.sequence`. */
function javaIdentity(key: string | null, value: string | null): RecordIdentity | null {
  const match = /^(\d+)\.(\d{1,9})$/.exec(value ?? '');
  if (key === null || match === null) return null;
  return { key, producer: `java-${match[1]}`, sequence: Number(match[2]) };
}

async function startWriter(
  { clusters, names, plan }: Measuring,
  client: FlipClient,
  topic: string,
  journal: Journal,
  cluster: KafkaCluster,
  nth: number,
): Promise<Writer> {
  const producer = `${client}-${nth}`;
  const acknowledge = (key: string, sequence: number, atMs: number) => {
    journal.acknowledge(journal.intern({ topic, key, producer }), sequence, atMs);
  };
  if (client === 'java') {
    const directory = join(clusters.directory, 'java');
    await mkdir(directory, { recursive: true });
    const { bootstrap } = cluster;
    return JavaWriter.start(
      directory,
      { bootstrap, topic, prefix: nth, keys: KEYS, perSecond: plan.flipPerSecond },
      ({ key, sequence, atMs }) => acknowledge(key, sequence, atMs),
    );
  }
  const task: WriterTask = {
    client,
    names,
    topic,
    producer,
    keys: KEYS,
    perSecond: plan.flipPerSecond,
    timerMs: TIMER_MS,
  };
  return new Child<never, never, Acknowledgements>('writer-process', task, ({ key, sequence, atMs }) => {
    for (const [row, one] of key.entries()) acknowledge(`key-${one}`, sequence[row] ?? -1, atMs[row] ?? 0);
  });
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`Not within ${DEADLINE_MS / 1_000} s: ${what}.`);
    await delay(POLL_MS);
  }
}
