/** Throughput and latency of every client, in rounds: one after the other, so that what else the machine does hits all alike. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Child } from './child.ts';
import { NODE_CLIENTS, type SteadyClient } from './clients.ts';
import { type Clusters, createTopic } from './clusters.ts';
import { javaPerformance, type Performance } from './java.ts';
import type { Names } from './names.ts';
import type { Plan } from './plan.ts';
import type { SteadyRow } from './results.ts';
import { pointTo } from './signposts.ts';
import { median } from './statistics.ts';
import type { SteadyQuestion, SteadyTask } from './steady-process.ts';

/** Before anything is known of the machine. */
const FIRST_GUESS_PER_SECOND = 60_000;

/** Of a flood, that each Node client runs before the first is counted; Java's tool has its own. */
const WARM_UP = 0.75;

export interface Measuring {
  readonly clusters: Clusters;
  readonly names: Names;
  readonly plan: Plan;
  readonly print: (line: string) => void;
}

export async function measureSteady({ clusters, names, plan, print }: Measuring): Promise<SteadyRow[]> {
  const { green, directory } = clusters;
  // kafkajs goes on asking for every topic it ever wrote to, and fails for all when one is gone: so they stay.
  for (const messageBytes of plan.messageBytes) {
    await createTopic(green, { topic: `steady-${messageBytes}`, partitions: plan.partitions });
  }
  await pointTo(names, [green], green);
  const processes = new Map(
    NODE_CLIENTS.map(client => {
      const task: SteadyTask = { client, names };
      return [client, new Child<SteadyQuestion, number>('steady-process', task)] as const;
    }),
  );
  const java = join(directory, 'java');
  await mkdir(java, { recursive: true });
  const found = new Map<string, Performance[]>();
  const samplesOf = (client: SteadyClient, messageBytes: number): Performance[] => {
    const name = `${client} ${messageBytes}`;
    const samples = found.get(name) ?? [];
    found.set(name, samples);
    return samples;
  };

  async function measure(client: SteadyClient, topic: string, messageBytes: number): Promise<Performance> {
    const { pacePerSecond: perSecond, paceMs, floodMs } = plan;
    const process = client === 'java' ? undefined : processes.get(client);
    if (process !== undefined) {
      const messagesPerSecond = await process.ask({ kind: 'flood', topic, messageBytes, durationMs: floodMs });
      const p99Ms = await process.ask({ kind: 'pace', topic, messageBytes, perSecond, durationMs: paceMs });
      return { messagesPerSecond, p99Ms };
    }
    const fastest = Math.max(...[...found.values()].flat().map(({ messagesPerSecond }) => messagesPerSecond));
    const records = Math.round(((fastest > 0 ? fastest : FIRST_GUESS_PER_SECOND) * floodMs) / 1_000);
    const common = { bootstrap: green.bootstrap, topic, messageBytes };
    const flooded = await javaPerformance(java, { ...common, records, throughput: -1 });
    const paced = await javaPerformance(java, {
      ...common,
      records: Math.round((perSecond * paceMs) / 1_000),
      throughput: perSecond,
    });
    return { messagesPerSecond: flooded.messagesPerSecond, p99Ms: paced.p99Ms };
  }

  const clients: readonly SteadyClient[] = [...NODE_CLIENTS, 'java'];
  try {
    for (const process of processes.values()) {
      for (const messageBytes of plan.messageBytes) {
        await process.ask({
          kind: 'flood',
          topic: `steady-${messageBytes}`,
          messageBytes,
          durationMs: plan.floodMs * WARM_UP,
        });
      }
    }
    print('warmed up');
    for (let round = 1; round <= plan.rounds; round += 1) {
      for (const messageBytes of plan.messageBytes) {
        for (const client of inTurn(clients, round)) {
          const sample = await measure(client, `steady-${messageBytes}`, messageBytes);
          samplesOf(client, messageBytes).push(sample);
          const rate = Math.round(sample.messagesPerSecond).toLocaleString('en');
          print(
            `steady, round ${round} of ${plan.rounds}: ${client}, ${messageBytes} B: ${rate}/s, p99 ${sample.p99Ms.toFixed(1)} ms`,
          );
        }
      }
    }
  } finally {
    await Promise.all([...processes.values()].map(process => process.stop()));
  }
  return clients.flatMap(client =>
    plan.messageBytes.map(messageBytes => {
      const samples = samplesOf(client, messageBytes);
      return {
        client,
        messageBytes,
        messagesPerSecond: Math.round(median(samples.map(sample => sample.messagesPerSecond))),
        p99Ms: Number(median(samples.map(sample => sample.p99Ms)).toFixed(1)),
      };
    }),
  );
}

/** Each round begins with another client. */
function inTurn<T>(items: readonly T[], round: number): readonly T[] {
  const first = round % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}
