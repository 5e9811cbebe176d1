/** A run of the bench as a page. Pure. */
import { tableRow } from '../markdown.ts';
import { aimsOf } from './aims.ts';
import { uses } from './clients.ts';
import type { SwitchingResults } from './results.ts';

const MIB = 1_048_576;

export function renderSwitchingPage(results: SwitchingResults): string {
  const { machine, versions, plan, hold } = results;
  const missed = aimsOf(results).filter(({ held }) => !held);
  const lines = [
    '# The producer, measured',
    '',
    `\`npm run bench -- switching${results.quick ? ' --quick' : ''}\` on ${results.date.slice(0, 10)}: ${Math.round(results.seconds)} s on ${machine.cores} cores (${machine.model}), Node ${machine.node}, ${Object.entries(
      versions,
    )
      .map(([name, version]) => `${name} ${version}`)
      .join(
        ', ',
      )}. Clients and brokers share the machine, so the figures compare clients; they are not what a cluster can take. This page, its picture and \`bench/results/switching.json\` are written by that command.`,
    '',
    '![Messages per second by client and size, and the stall of a flip by client](pictures/switching-bench.svg)',
    '',
    '## Aims',
    '',
    ...table(
      ['aim', 'held', 'measured'],
      aimsOf(results).map(({ aim, held, measured }) => [aim, held ? 'yes' : '**no**', measured]),
    ),
    '',
    ...(missed.length === 0
      ? ['All aims are held by this run.']
      : [`Missed: ${missed.map(({ aim }) => aim).join('; ')}. [What stands in the way](#what-stands-in-the-way).`]),
    '',
    '## Steady throughput and latency',
    '',
    `Every client writes keyed messages to a topic of 20 partitions with the same settings: acks of all replicas, idempotent, uncompressed; the clients take turns, ${plan.rounds} rounds, and each figure is the median. Throughput is what is acknowledged at full load. The 99th percentile is the time from \`send\` to its answer at an equal load that all of them can carry, ${plan.pacePerSecond.toLocaleString('en')} messages a second: at full load it would tell how long each client lets its queue grow.`,
    '',
    ...table(
      ['client', 'message', 'messages a second', 'p99', 'used by'],
      results.steady.map(({ client, messageBytes, messagesPerSecond, p99Ms }) => [
        client,
        `${messageBytes} B`,
        messagesPerSecond.toLocaleString('en'),
        `${p99Ms} ms`,
        uses[client],
      ]),
    ),
    '',
    '## The flip',
    '',
    `${plan.flipPerSecond.toLocaleString('en')} messages a second of 400 keys cross from one real cluster to another, ${plan.flips} times for each client, judged by the demo's auditor: both logs against every acknowledgement. The stall is that of a partition, from the last acknowledgement by blue to the first by green; percentiles are over all partitions of all flips. Blue stays open until every writer has left, as in a deployment. \`kafkajs\` and \`java\` are applications that are told to end by SIGTERM at the flip, deliver what they have, and are started again. Names are looked up without a cache.`,
    '',
    ...table(
      ['client', 'stall p50', 'p99', 'max', 'lost', 'doubled', 'reordered'],
      results.flip.map(({ client, stallMs, lost, doubled, reordered }) => [
        client,
        ...[stallMs.p50, stallMs.p99, stallMs.max].map(ms => `${ms.toLocaleString('en')} ms`),
        ...[lost, doubled, reordered].map(String),
      ]),
    ),
    '',
    '## Memory',
    '',
    'Resident memory of a process, Node itself included, whose producers are connected and write a little:',
    '',
    ...table(
      ['client', 'producers', 'resident'],
      results.memory.map(({ client, producers, rssBytes }) => [client, String(producers), mib(rssBytes)]),
    ),
    '',
    `A hold of ${hold.holdMs / 1_000} s while the application goes on calling \`send\`, ${hold.offeredPerSecond.toLocaleString('en')} messages of 1 KiB a second, and waits for nothing: at most ${mib(hold.mostBufferedBytes)} were buffered (the bound is ${mib(hold.maxBufferBytes)}), the heap was at most ${mib(hold.mostHeapBytes)}, the process ${mib(hold.mostRssBytes)}; ${hold.mostUnanswered.toLocaleString('en')} calls were open at once, those beyond the bound waiting for room with their messages in the application's hands, and ${hold.failed} failed.`,
    '',
    '## What stands in the way',
    '',
    ...[
      'ProducerPerformance is the limit, not a rival: it sends no keys, hashes nothing, reuses one payload, and answers through callbacks on a thread of its own.',
      'What `send` of a single message costs beyond a batch made by hand is the promise that answers it, and the place that is kept for it until then.',
      'A flip cannot stall for less than a look at the signpost takes to find it and a new client takes to connect; partitions go on with blue meanwhile, so their stall is shorter than that.',
    ].map(line => `- ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [tableRow(heading), tableRow(heading.map(() => '---')), ...rows.map(tableRow)];
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(0)} MiB`;
}
