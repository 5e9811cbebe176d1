/** What producers take of memory: alone, many in a process, and one that is held while its application writes on. */
import { setTimeout as delay } from 'node:timers/promises';
import { Child } from './child.ts';
import { withTopic } from './clusters.ts';
import type { MemoryQuestion, MemoryTask, MostUsed } from './memory-process.ts';
import type { HoldResult, MemoryRow } from './results.ts';
import { pointTo } from './signposts.ts';
import type { Measuring } from './steady.ts';

const MIB = 1_048_576;
/** The library's default. */
const MAX_BUFFER_BYTES = 32 * MIB;
const HOLD_PER_SECOND = 1_000;
const HOLD_MESSAGE_BYTES = 1_024;

type MemoryChild = Child<MemoryQuestion, unknown>;

export async function measureMemory(measuring: Measuring): Promise<MemoryRow[]> {
  const { clusters, names, plan, print } = measuring;
  const { green } = clusters;
  await pointTo(names, [green], green);
  const rows: MemoryRow[] = [];
  for (const producers of plan.producers) {
    for (const client of ['kafka-bluegreen', 'kafkajs'] as const) {
      const rssBytes = await withChild(measuring, { client, producers }, async child => {
        return (await child.ask({ kind: 'idle' })) as number;
      });
      rows.push({ client, producers, rssBytes });
      print(`memory: ${producers} of ${client}: ${mib(rssBytes)} MiB`);
    }
  }
  return rows;
}

/** The signpost asks to hold, the application writes on and waits for nothing; then the hold ends. */
export async function measureHold(measuring: Measuring): Promise<HoldResult> {
  const { clusters, names, plan, print } = measuring;
  const { green } = clusters;
  await pointTo(names, [green], green);
  return withChild(measuring, { client: 'kafka-bluegreen', producers: 1 }, async child => {
    await child.ask({ kind: 'write', perSecond: HOLD_PER_SECOND, messageBytes: HOLD_MESSAGE_BYTES });
    await pointTo(names, [green], 'hold');
    await delay(plan.holdMs);
    await pointTo(names, [green], green);
    const most = (await child.ask({ kind: 'stop-writing' })) as MostUsed;
    print(
      `hold of ${plan.holdMs / 1_000} s: ${mib(most.bufferedBytes)} MiB buffered, heap ${mib(most.heapBytes)} MiB, ${mib(most.rssBytes)} MiB in all`,
    );
    return {
      holdMs: plan.holdMs,
      offeredPerSecond: HOLD_PER_SECOND,
      maxBufferBytes: MAX_BUFFER_BYTES,
      mostBufferedBytes: most.bufferedBytes,
      mostHeapBytes: most.heapBytes,
      mostRssBytes: most.rssBytes,
      mostUnanswered: most.unanswered,
      failed: most.failed,
    };
  });
}

async function withChild<T>(
  { clusters, names, plan }: Measuring,
  { client, producers }: Pick<MemoryTask, 'client' | 'producers'>,
  act: (child: MemoryChild) => Promise<T>,
): Promise<T> {
  const topic = `memory-${client}-${producers}-${Date.now()}`;
  return withTopic([clusters.green], { topic, partitions: plan.partitions }, async () => {
    const task: MemoryTask = { client, producers, names, topic };
    const child: MemoryChild = new Child('memory-process', task);
    try {
      return await act(child);
    } finally {
      await child.stop();
    }
  });
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(0);
}
