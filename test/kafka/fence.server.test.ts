/** Fence, keep and their way back on real brokers of both generations, under producers that do not stop. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { listOffsetsV7 } from '@platformatic/kafka';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { type Cluster, connectCluster } from '../../kafka/cluster.ts';
import { liftFence, proveFence, proveLifted, setFence } from '../../kafka/fence.ts';
import { putKeepBack, setKeep } from '../../kafka/keep.ts';
import { type Originals, readOriginals } from '../../kafka/originals.ts';
import { OUR_KEYS } from '../../kafka/our-values.ts';
import { pauseFor, until } from '../../kafka/retry.ts';
import { changeTopicConfigs } from '../../kafka/topic-configs.ts';
import { type KafkaCluster, startKafkaCluster } from '../../local/cluster.ts';

const PARTITIONS = 6;
const generations = [
  { version: '3.9.2', metadataMode: 'zookeeper' },
  { version: '4.3.1', metadataMode: 'kraft' },
] as const;

for (const generation of generations) {
  describe(`fence and keep on ${generation.version} (${generation.metadataMode})`, { timeout: 120_000 }, () => {
    let directory: string;
    let brokers: KafkaCluster;
    let cluster: Cluster;
    before(async () => {
      directory = await mkdtemp(join(tmpdir(), 'kafka-bluegreen-'));
      brokers = await startKafkaCluster({ ...generation, directory });
      cluster = await connectCluster({ bootstrap: brokers.bootstrap, expectClusterId: brokers.clusterId });
    });
    after(async () => {
      await cluster.close();
      await brokers.stop();
      await rm(directory, { recursive: true, force: true });
    });

    /** Topics of their own for one test, every partition ready, with their originals. */
    async function topicsReady(...topics: string[]): Promise<Originals> {
      await cluster.admin.createTopics({ topics, partitions: PARTITIONS, replicas: 3 });
      const probed = await proveLifted(cluster, topics);
      assert.deepEqual(new Set(probed.map(p => p.kind)), new Set(['open']));
      return readOriginals(cluster, topics, OUR_KEYS);
    }

    it('refuses every producer once proved on every partition, and takes them again once lifted', async () => {
      const originals = await topicsReady('orders');
      await using traffic = startTraffic(brokers.bootstrap, 'orders');
      await traffic.seen({ acknowledged: 50 });
      assert.equal((await setFence(cluster, ['orders'], 78, originals)).kind, 'done');
      assert.equal((await setFence(cluster, ['orders'], 1, originals)).kind, 'done');
      const proved = await proveFence(cluster, ['orders'], 1);
      assert.deepEqual(
        proved.map(p => p.kind),
        Array.from({ length: PARTITIONS }, () => 'fenced'),
      );
      const ends = await logEnds(cluster, 'orders');
      const refusedBefore = traffic.counts().refused;
      await traffic.seen({ refused: refusedBefore + 50, fired: traffic.counts().fired + 50 });
      assert.deepEqual(await logEnds(cluster, 'orders'), ends, 'nothing was appended after the proof');
      const stored = ends.reduce((sum, end) => sum + end, 0n);
      assert.ok(stored >= BigInt(traffic.counts().acknowledged), 'all that was acknowledged is there');

      assert.equal((await liftFence(cluster, ['orders'], originals)).kind, 'done');
      const lifted = await proveLifted(cluster, ['orders']);
      assert.deepEqual(
        lifted.map(p => p.kind),
        Array.from({ length: PARTITIONS }, () => 'open'),
      );
      await traffic.seen({ acknowledged: traffic.counts().acknowledged + 50 });
      assert.deepEqual(await readOriginals(cluster, ['orders'], OUR_KEYS), originals);
    });

    it('at 78 bytes is not yet the fence at 1, and the proof tells them apart', async () => {
      const originals = await topicsReady('markers');
      await setFence(cluster, ['markers'], 78, originals);
      const kinds = async (limit: 78 | 1) =>
        new Set((await proveFence(cluster, ['markers'], limit, { withinMs: 0 })).map(p => p.kind));
      await proveFence(cluster, ['markers'], 78);
      assert.deepEqual(await kinds(78), new Set(['fenced']));
      assert.deepEqual(await kinds(1), new Set(['open']));
      await setFence(cluster, ['markers'], 1, originals);
      await proveFence(cluster, ['markers'], 1);
      assert.deepEqual(await setFence(cluster, ['markers'], 78, originals), { kind: 'done', changed: 0 });
      assert.deepEqual(await kinds(1), new Set(['fenced']));
    });

    it('does not call a partition proved whose leader cannot be asked', async () => {
      assert.deepEqual(
        (await proveFence(cluster, ['never-created'], 1, { withinMs: 0 })).map(p => p.kind),
        ['unknown'],
      );
    });

    it('keeps records, and puts back both a value and its absence', async () => {
      await topicsReady('valued', 'plain');
      await setByHand('valued', 'retention.ms', '600000');
      const topics = ['valued', 'plain'];
      const originals = await readOriginals(cluster, topics, OUR_KEYS);
      assert.deepEqual(originals['valued']?.['retention.ms'], { kind: 'value', value: '600000' });
      assert.deepEqual(originals['plain']?.['retention.ms'], { kind: 'absent' });
      assert.deepEqual(await setKeep(cluster, topics, originals), { kind: 'done', changed: 4 });
      assert.deepEqual(await setKeep(cluster, topics, originals), { kind: 'done', changed: 0 });
      const kept = await readOriginals(cluster, topics, ['retention.ms', 'retention.bytes']);
      const unlimited = { kind: 'value', value: '-1' };
      for (const topic of topics)
        assert.deepEqual(kept[topic], { 'retention.ms': unlimited, 'retention.bytes': unlimited });
      assert.deepEqual(await putKeepBack(cluster, topics, originals), { kind: 'done', changed: 4 });
      assert.deepEqual(await readOriginals(cluster, topics, OUR_KEYS), originals);
    });

    it('is not closed by a call that comes too late, and what was changed while it became too late is put back', async () => {
      const originals = await topicsReady('late', 'later');
      const topics = ['late', 'later'];
      const tooLate = new Error('the deployment has gone on');
      for (const looks of [0, 1]) {
        let asked = 0;
        const stillMay = async () => {
          asked += 1;
          if (asked > looks) throw tooLate;
        };
        await assert.rejects(setFence(cluster, topics, 1, originals, { stillMay }), tooLate);
        await assert.rejects(setKeep(cluster, topics, originals, { stillMay }), tooLate);
        await until(
          'every topic is as its owner had it',
          async () =>
            isDeepStrictEqual(await readOriginals(cluster, topics, OUR_KEYS), originals)
              ? { done: true }
              : { seen: 'something of ours' },
          { withinMs: 10_000 },
        );
      }
      const lifted = await proveLifted(cluster, topics);
      assert.deepEqual(new Set(lifted.map(p => p.kind)), new Set(['open']));
    });

    it('holds on a third value set by hand, names it, and changes nothing', async () => {
      const originals = await topicsReady('touched', 'untouched');
      await setKeep(cluster, ['touched', 'untouched'], originals);
      await setByHand('touched', 'retention.ms', '12345');
      const back = await putKeepBack(cluster, ['touched', 'untouched'], originals);
      assert.deepEqual(back, {
        kind: 'held',
        held: [{ topic: 'touched', key: 'retention.ms', expected: 'no override or -1', seen: '12345' }],
      });
      const now = await readOriginals(cluster, ['touched', 'untouched'], ['retention.ms']);
      assert.deepEqual(now['untouched']?.['retention.ms'], { kind: 'value', value: '-1' });
      assert.deepEqual(now['touched']?.['retention.ms'], { kind: 'value', value: '12345' });
    });

    it('is proved again by the new leaders after a broker died', async () => {
      const originals = await topicsReady('failover');
      await setFence(cluster, ['failover'], 1, originals);
      const first = await proveFence(cluster, ['failover'], 1);
      brokers.kill(3);
      const again = await until(
        'the other brokers lead and refuse',
        async () => {
          const probed = await proveFence(cluster, ['failover'], 1, { withinMs: 0 });
          const done = probed.every(p => p.kind === 'fenced' && p.leader !== 3);
          return done ? { done: probed } : { seen: JSON.stringify(probed.filter(p => p.kind !== 'fenced')) };
        },
        { withinMs: 30_000, everyMs: 250 },
      );
      assert.ok(first.some(p => p.leader === 3));
      assert.equal(again.length, PARTITIONS);
    });

    async function setByHand(topic: string, key: string, value: string): Promise<void> {
      const current = (await readOriginals(cluster, [topic], [key]))[topic]?.[key] ?? { kind: 'absent' };
      await changeTopicConfigs(cluster, [{ topic, key, to: { kind: 'value', value }, from: [current] }]);
    }
  });
}

/** The end of each partition's log as its leader has it, also of what is not replicated yet (replica id -2). */
async function logEnds(cluster: Cluster, topic: string): Promise<bigint[]> {
  const metadata = await cluster.metadata([topic]);
  const partitions = metadata.topics[0]?.partitions ?? [];
  return Promise.all(
    partitions.map(async ({ partition, leader }) => {
      assert.ok(leader !== null);
      const asked = [{ partitionIndex: partition, currentLeaderEpoch: -1, timestamp: -1n }];
      const request = [{ name: topic, partitions: asked }];
      const answer = await listOffsetsV7.api.async(await cluster.connectionTo(leader), -2, 0, request);
      return answer.topics[0]?.partitions[0]?.offset ?? -1n;
    }),
  );
}

interface Counts {
  readonly acknowledged: number;
  readonly refused: number;
  /** Sent with acks=0: nobody ever learns what became of them. */
  readonly fired: number;
}

/** Two producers on every partition, one with acks=1 and one with acks=0, that go on whatever they are answered. */
function startTraffic(bootstrap: string, topic: string) {
  const counts = { acknowledged: 0, refused: 0, fired: 0 };
  const kafka = new Kafka({ brokers: bootstrap.split(','), clientId: 'traffic', logLevel: logLevel.NOTHING });
  const stopping = new AbortController();
  const everyPartition = Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, value: 'x'.repeat(100) }));
  const loop = async (acks: 0 | 1, count: (outcome: 'sent' | 'refused') => void) => {
    const producer: Producer = kafka.producer({ allowAutoTopicCreation: false, retry: { retries: 0 } });
    await producer.connect();
    while (!stopping.signal.aborted) {
      const sends = everyPartition.map(message => producer.send({ topic, acks, messages: [message] }));
      for (const sent of await Promise.allSettled(sends)) count(sent.status === 'fulfilled' ? 'sent' : 'refused');
      await pauseFor(5);
    }
    await producer.disconnect();
  };
  const loops = Promise.all([
    loop(1, outcome => {
      counts[outcome === 'sent' ? 'acknowledged' : 'refused'] += 1;
    }),
    loop(0, () => {
      counts.fired += 1;
    }),
  ]);
  return {
    counts: (): Counts => ({ ...counts }),
    seen: (wanted: Partial<Counts>) =>
      until(
        `the producers counted ${JSON.stringify(wanted)}`,
        async () =>
          counts.acknowledged >= (wanted.acknowledged ?? 0) &&
          counts.refused >= (wanted.refused ?? 0) &&
          counts.fired >= (wanted.fired ?? 0)
            ? { done: true }
            : { seen: JSON.stringify(counts) },
        { withinMs: 30_000 },
      ),
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await loops;
    },
  };
}
