/** A group between two real clusters, with a signpost and a ticket of its own in every scene. */
import assert from 'node:assert/strict';
import { after, type TestContext } from 'node:test';
import { type ConsumerRunConfig } from 'kafkajs';
import { connectCluster } from '../../kafka/cluster.ts';
import { commitFor } from '../../kafka/commit-offsets.ts';
import { ensureTicketTopic, putTicket } from '../../kafka/tickets.ts';
import type { KafkaCluster } from '../../local/cluster.ts';
import { BlueGreenConsumer, type BlueGreenConsumerOptions } from '../../switching/src/consumer.ts';
import { signpostName } from '../../switching/src/signpost.ts';
import { createTopic, kafkaOf, signpostOf, withAdmin } from './cluster-work.ts';
import { type DnsAnswer, startDnsServer } from './dns-server.ts';
import { eventually } from './eventually.ts';

export const RUN = '0123456789ab';
const PARTITIONS = 4;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

export type GroupScenes = Awaited<ReturnType<typeof groupScenes>>;

interface ScenesOptions {
  /** Of every topic; 4 when absent. */
  readonly partitionCount?: number;
  /** Where the signpost sends members for green: to something in front of it. */
  readonly greenAddress?: string;
}

/** At a file's top level. */
export async function groupScenes(
  blue: KafkaCluster,
  green: KafkaCluster,
  { partitionCount = PARTITIONS, greenAddress = green.bootstrap }: ScenesOptions = {},
) {
  const shown = { ...green, bootstrap: greenAddress };
  const dns = await startDnsServer('127.0.0.1');
  const greenAdmin = await connectCluster({ bootstrap: green.bootstrap });
  await ensureTicketTopic(greenAdmin);
  after(async () => {
    await greenAdmin.close();
    await dns.stop();
  });
  let scenes = 0;
  const colour = (id: string | null) =>
    id === blue.clusterId ? 'blue' : id === green.clusterId ? 'green' : String(id);

  /** What the signpost says in each phase. */
  const says = {
    steadyOnBlue: (epoch: bigint, by: string | null = null) => signpostOf([blue, shown], epoch, { by }),
    flipped: (epoch: bigint) =>
      signpostOf([blue, shown], epoch, { by: RUN, write: { kind: 'cluster', id: green.clusterId } }),
    lastGroupDrained: (epoch: bigint) => signpostOf([shown, blue], epoch, { by: RUN, drain: blue.clusterId }),
    steadyOnGreen: (epoch: bigint) => signpostOf([shown], epoch),
  };

  /** A topic on both clusters, a group, a signpost of its own, and what handlers saw: `blue 0`, `green 1`, … */
  async function scene(t: TestContext, signpost: DnsAnswer, record?: string) {
    scenes += 1;
    const name = `scene-${scenes}`;
    const host = record ?? `${name}.example.com`;
    const say = (answer: DnsAnswer) => dns.set(signpostName(host), answer);
    say(signpost);
    await Promise.all([blue, green].map(cluster => createTopic(cluster, name, partitionCount)));
    const seen: string[] = [];
    const consumers: BlueGreenConsumer[] = [];
    t.after(() => Promise.all(consumers.map(consumer => consumer.disconnect())));

    function make(more: Partial<BlueGreenConsumerOptions> = {}) {
      const consumer = new BlueGreenConsumer({
        clientId: 'orders-service',
        record: host,
        groupId: name,
        resolver: { servers: [dns.server] },
        logger: quiet,
        signpostPollMs: 100,
        switchJitterMs: 20,
        consumer: { maxWaitTimeInMs: 100 },
        ...more,
      });
      consumers.push(consumer);
      const told: string[] = [];
      for (const event of ['stayed', 'alarm'] as const)
        consumer.on(event, ({ reason }) => told.push(`${event}: ${reason}`));
      consumer.on('switched', ({ from, to }) => told.push(`switched: ${colour(from)} to ${colour(to)}`));
      return { consumer, told };
    }

    async function run(more?: Partial<BlueGreenConsumerOptions>, handle = async (_value: string) => {}) {
      return runWith(
        {
          eachMessage: async ({ message }) => {
            await handle(String(message.value));
            seen.push(String(message.value));
          },
        },
        more,
      );
    }

    async function runWith(config: ConsumerRunConfig, more?: Partial<BlueGreenConsumerOptions>) {
      const made = make(more);
      await made.consumer.connect();
      await made.consumer.subscribe({ topics: [name], fromBeginning: true });
      await made.consumer.run(config);
      return made;
    }

    /** Without `partition` they go round. */
    async function produce(cluster: KafkaCluster, from: number, count: number, partition?: number): Promise<void> {
      const producer = kafkaOf(cluster).producer();
      await producer.connect();
      const messages = Array.from({ length: count }, (_, at) => ({
        partition: partition ?? at % partitionCount,
        value: `${colour(cluster.clusterId)} ${from + at}`,
      }));
      await producer.send({ topic: name, messages });
      await producer.disconnect();
    }

    async function ticket(state: 'held' | 'released'): Promise<void> {
      assert.deepEqual(await putTicket(greenAdmin, name, { deployment: RUN, state }), { kind: 'written' });
    }

    /** As an operator's seeds: the group's offsets on green, at the beginning. */
    async function seed(): Promise<void> {
      const partitions = Array.from({ length: partitionCount }, (_, partition) => ({ partition, offset: '0' }));
      assert.equal((await commitFor(greenAdmin, name, [{ topic: name, partitions }])).kind, 'committed');
    }

    /** The group has committed everything that blue holds. */
    const drained = (deadlineMs?: number) =>
      eventually(
        `${name} has read blue to its end`,
        () =>
          withAdmin(blue, async admin => {
            const [committed] = await admin.fetchOffsets({ groupId: name, topics: [name] });
            const offsets = new Map(committed?.partitions.map(({ partition, offset }) => [partition, offset]));
            const ends = await admin.fetchTopicOffsets(name);
            return ends.every(({ partition, high }) => high === '0' || offsets.get(partition) === high);
          }),
        deadlineMs,
      );

    const saw = (cluster: 'blue' | 'green', count: number) =>
      eventually(
        `${count} records of ${cluster} were handled`,
        () => seen.filter(value => value.startsWith(cluster)).length >= count,
      );
    return { name, say, seen, make, run, runWith, produce, ticket, seed, saw, drained };
  }

  async function membersOn(cluster: KafkaCluster, group: string): Promise<number> {
    return withAdmin(cluster, async admin => {
      const { groups } = await admin.describeGroups([group]);
      return groups[0]?.members.length ?? 0;
    });
  }

  return { blue, green, dns, ...says, scene, colour, membersOn };
}
