import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { CompressionTypes, type Consumer } from 'kafkajs';
import type { Dispositions } from '../../contract/dispositions.ts';
import type { FrozenEnds } from '../../contract/frozen.ts';
import { type Cluster, connectCluster } from '../../kafka/cluster.ts';
import { commitFor } from '../../kafka/commit-offsets.ts';
import {
  type DrainProgress,
  foldSweep,
  type GroupStanding,
  openLedger,
  seal,
  tailsToRead,
} from '../../kafka/drain-progress.ts';
import { isFrozen } from '../../kafka/frozen.ts';
import type { TailCount } from '../../kafka/ledger.ts';
import { readLogEnds, readLogStarts } from '../../kafka/log-ends.ts';
import { sweepGroups } from '../../kafka/sweep.ts';
import { dataRecordsBetween, readTails } from '../../kafka/tail.ts';
import { startTestCluster } from '../support/cluster.ts';
import { client, createTopics, eventually, producing, values } from './clients.ts';

const clusters = await Promise.all([
  startTestCluster({ version: '3.9.2', metadataMode: 'zookeeper' }),
  startTestCluster({ version: '4.3.1', metadataMode: 'kraft' }),
]);

suite('Each version by itself', { concurrency: true }, () => {
  for (const brokers of clusters)
    suite(`Draining Kafka ${brokers.version} on ${brokers.metadataMode}`, { concurrency: 1 }, () => {
      let blue: Cluster;
      const kafka = client(brokers.bootstrap);

      before(async () => {
        blue = await connectCluster({ bootstrap: brokers.bootstrap });
        await createTopics(blue, [{ topic: 'orders', partitions: 3 }, { topic: 'payments' }, { topic: 'packed' }]);
      });
      after(() => blue.close());

      test('A cluster nobody ever read from has a complete sweep without groups', async () => {
        const sweep = await sweepGroups(blue);
        assert.equal(sweep.kind, 'complete', JSON.stringify(sweep));
        assert.deepEqual(sweep.groups, []);
        assert.deepEqual(sweep.topics, ['orders', 'packed', 'payments']);
      });

      test('A group that lags is behind until it read on, then drained after two sweeps, and sealed', async () => {
        await producing(kafka, {}, producer =>
          producer.send({ topic: 'orders', messages: [0, 1].flatMap(p => values(40, p)) }),
        );
        const drain = await drainer(['orders']);
        const reader = reading('billing', 'orders', 10);
        await reader.paused;
        await eventually('the group is stable and behind', async () => (await drain.sweep()).at(0)?.kind === 'behind');
        const [behind] = await drain.sweep();
        assert.ok(behind?.kind === 'behind');
        assert.equal(behind.members, 1);
        assert.deepEqual(
          behind.rows.map(r => r.partition),
          [0, 1, 2],
          'a partition without commits has its row',
        );

        reader.goOn();
        await eventually('the group is drained', async () => (await drain.sweep()).at(0)?.kind === 'drained');
        const [drained] = await drain.sweep();
        assert.ok(drained?.kind === 'drained' && drained.sweeps >= 2);
        drain.seal(drained);
        await reader.stop();

        await commitFor(blue, 'billing', [{ topic: 'orders', partitions: [{ partition: 0, offset: '3' }] }]);
        assert.equal(
          (await drain.sweep())[0]?.kind,
          'sealed',
          'a commit that goes back after the release changes nothing',
        );
      });

      test('A commit that goes back makes a drained group behind again, and a group that appears late gets rows', async () => {
        const drain = await drainer(['orders']);
        await commitFor(blue, 'late', [
          { topic: 'orders', partitions: [40, 40, 0].map((o, partition) => ({ partition, offset: String(o) })) },
        ]);
        const at = async () => (await drain.sweep()).find(s => s.group === 'late');
        assert.equal((await at())?.kind, 'counting');
        assert.equal((await at())?.kind, 'drained');
        await commitFor(blue, 'late', [{ topic: 'orders', partitions: [{ partition: 1, offset: '39' }] }]);
        const back = await at();
        assert.ok(back?.kind === 'behind');
        assert.equal(back.remaining, '1');
        await commitFor(blue, 'late', [{ topic: 'orders', partitions: [{ partition: 1, offset: '40' }] }]);
        assert.equal((await at())?.kind, 'counting', 'it counts from one again');

        const admin = kafka.admin();
        await admin.connect();
        await admin.deleteGroups(['late']);
        await admin.disconnect();
        assert.equal((await at())?.kind, 'vanished');
      });

      test("A kafkajs group stays one behind each transaction's marker; the tail is read, and is empty", async () => {
        await producing(kafka, { transactionalId: 'payments' }, async producer => {
          for (const end of ['commit', 'abort', 'commit', 'abort'] as const) {
            const transaction = await producer.transaction();
            await transaction.send({ topic: 'payments', messages: values(5) });
            await transaction[end]();
          }
        });
        const tail = (from: string, to = '24') =>
          dataRecordsBetween(blue, { topic: 'payments', partition: 0, from, to }, { atMost: 100n });
        await eventually('the last marker is written', async () => (await tail('0')).kind === 'counted');
        assert.deepEqual(await tail('0'), { kind: 'counted', records: '10' });
        assert.deepEqual(await tail('3'), { kind: 'counted', records: '7' }, 'in the middle of a batch');
        assert.deepEqual(await tail('8'), { kind: 'counted', records: '5' }, 'in the middle of an aborted one');
        assert.deepEqual(await tail('17'), { kind: 'counted', records: '0' });
        assert.deepEqual(await tail('0', '2'), { kind: 'counted', records: '2' });
        assert.equal((await tail('0', '25')).kind, 'unknown', 'beyond the log end nothing is proved');

        const drain = await drainer(['payments']);
        const reader = reading('ledgers', 'payments', 1_000);
        await reader.read(10);
        await reader.stop();
        const standings = await drain.sweep();
        const ledgers = standings.find(s => s.group === 'ledgers');
        assert.equal(ledgers?.kind, 'counting', JSON.stringify(ledgers));
        const [row] = ledgers?.rows ?? [];
        assert.ok(row?.state.kind === 'drained' && BigInt(row.state.tail) > 0n, JSON.stringify(row));
      });

      test('Records in a compressed batch are counted one by one where a commit lies inside it', async () => {
        await producing(kafka, {}, producer =>
          producer.send({ topic: 'packed', compression: CompressionTypes.GZIP, messages: values(9) }),
        );
        const tail = (from: string) =>
          dataRecordsBetween(blue, { topic: 'packed', partition: 0, from, to: '9' }, { atMost: 100n });
        assert.deepEqual(await tail('4'), { kind: 'counted', records: '5' });
        assert.deepEqual(await tail('9'), { kind: 'counted', records: '0' });
        assert.deepEqual(await dataRecordsBetween(blue, { topic: 'packed', partition: 0, from: '4', to: '9' }), {
          kind: 'at-least',
          records: '5',
        });
      });

      test('While a coordinator dies and comes back no complete sweep misses a group', async () => {
        const groups = Array.from({ length: 12 }, (_, i) => `spread-${i}`);
        for (const group of groups)
          await commitFor(blue, group, [{ topic: 'orders', partitions: [{ partition: 0, offset: '1' }] }]);
        const kinds: string[] = [];
        const look = async () => {
          const sweep = await sweepGroups(blue).catch((error: unknown) => ({ kind: 'failed' as const, error }));
          kinds.push(sweep.kind);
          if (sweep.kind !== 'complete') return false;
          const found = new Set(sweep.groups.map(g => g.group));
          assert.deepEqual(
            groups.filter(g => !found.has(g)),
            [],
            kinds.join(' '),
          );
          return true;
        };
        brokers.kill(3);
        assert.equal(await look(), false, 'right after its death the sweep has a gap');
        await eventually('the others took over', look);
        const back = brokers.restart(3);
        let isBack = false;
        void back.then(() => {
          isBack = true;
        });
        await eventually('it is back', async () => (await look()) && isBack);
        await back;
      });

      if (brokers.version.startsWith('4'))
        test('A group of the consumer protocol (KIP-848) is seen with its subscription', async () => {
          const { Consumer, stringDeserializers, MessagesStreamModes } = await import('@platformatic/kafka');
          const consumer = new Consumer({
            clientId: 'new-protocol',
            groupId: 'new-protocol',
            bootstrapBrokers: brokers.bootstrap.split(','),
            deserializers: stringDeserializers,
            groupProtocol: 'consumer',
          });
          const stream = await consumer.consume({
            topics: ['packed'],
            mode: MessagesStreamModes.EARLIEST,
            maxWaitTime: 200,
          });
          stream.resume();
          await eventually('the group is seen with its member', async () => {
            const { groups } = await sweepGroups(blue);
            const sight = groups.find(g => g.group === 'new-protocol');
            return (
              sight?.kind === 'seen' && sight.type === 'consumer' && sight.members[0]?.subscriptions[0] === 'packed'
            );
          });
          await stream.close();
          await consumer.close(true);
        });

      /** Judges sweep after sweep of this cluster against the topics' ends as they are now. */
      async function drainer(topics: readonly string[]) {
        const ends = await readLogEnds(blue, topics);
        const frozen: FrozenEnds = {
          clusterId: blue.clusterId,
          topics: ends.topics.map(t => {
            const judged = isFrozen(t, t, ends.at);
            assert.ok(judged.kind === 'frozen', JSON.stringify(judged));
            return judged.topic;
          }),
        };
        const others = ['orders', 'payments', 'packed'].filter(topic => !topics.includes(topic));
        const dispositions: Dispositions = {
          topics: [
            ...topics.map(topic => ({ topic, disposition: 'drain' as const, historyKept: false, decision: null })),
            ...others.map(topic => ({ topic, disposition: 'ambient' as const, historyKept: false, decision: null })),
          ],
          groups: [],
          preflightEnds: {},
        };
        let progress: DrainProgress = openLedger([]);
        const tails: TailCount[] = [];
        return {
          seal: (standing: Extract<GroupStanding, { kind: 'drained' }>) => {
            progress = seal(progress, standing, new Date().toISOString());
          },
          sweep: async () => {
            const sweep = await sweepGroups(blue, { expected: progress.groups.map(g => g.group) });
            const look = { frozen, sweep, dispositions, logStarts: await readLogStarts(blue, topics) };
            const first = foldSweep(progress, { ...look, tails }, { sweeps: 2 });
            tails.push(...(await readTails(blue, tailsToRead(first.standings, tails, 10_000n))));
            const folded = foldSweep(progress, { ...look, tails }, { sweeps: 2 });
            ({ progress } = folded);
            return folded.standings;
          },
        };
      }

      /** A group member that stops in its handler after `pauseAfter` records, until told to go on. */
      function reading(groupId: string, topic: string, pauseAfter: number) {
        const consumer: Consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100, heartbeatInterval: 500 });
        const paused = Promise.withResolvers<void>();
        const go = Promise.withResolvers<void>();
        let count = 0;
        const started = (async () => {
          await consumer.connect();
          await consumer.subscribe({ topics: [topic], fromBeginning: true });
          await consumer.run({
            eachMessage: async () => {
              count += 1;
              if (count === pauseAfter) {
                paused.resolve();
                await go.promise;
              }
            },
          });
        })();
        return {
          paused: paused.promise,
          goOn: () => go.resolve(),
          read: async (records: number) => {
            await started;
            await eventually(`${groupId} read ${records}`, () => count >= records);
          },
          stop: async () => {
            await started;
            await consumer.disconnect();
          },
        };
      }
    });
});
