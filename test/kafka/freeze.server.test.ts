import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type Cluster, connectCluster } from '../../kafka/cluster.ts';
import { partitionOfKey } from '../../kafka/coordinator-keys.ts';
import { KafkaTrouble } from '../../kafka/errors.ts';
import { OUR_KEYS, setFence } from '../../kafka/fence.ts';
import { freezeTopics } from '../../kafka/freeze.ts';
import { isFrozen, stillFrozen } from '../../kafka/frozen.ts';
import { readLogEnds, sampleEnds } from '../../kafka/log-ends.ts';
import { movement } from '../../kafka/movement.ts';
import { readOriginals } from '../../kafka/originals.ts';
import { dataRecordsBetween } from '../../kafka/tail.ts';
import { openTransactions } from '../../kafka/transactions.ts';
import { startTestCluster } from '../support/cluster.ts';
import { guarantee } from '../support/guarantee.ts';
import { assertStoredOnce, storedValues } from '../support/stored-values.ts';
import { client, createTopics, eventually, producing, values } from './clients.ts';

const clusters = await Promise.all([
  startTestCluster({ version: '3.9.2', metadataMode: 'zookeeper' }),
  startTestCluster({ version: '4.3.1', metadataMode: 'kraft' }),
]);

suite('Each version by itself', { concurrency: true }, () => {
  for (const brokers of clusters)
    suite(`Freezing Kafka ${brokers.version} on ${brokers.metadataMode}`, { concurrency: 1 }, () => {
      let blue: Cluster;

      before(async () => {
        blue = await connectCluster({ bootstrap: brokers.bootstrap });
        await createTopics(blue, [
          { topic: 'orders', partitions: 3 },
          { topic: 'payments', partitions: 2 },
          { topic: 'hidden', replicas: [1, 2], config: { 'min.insync.replicas': '1' } },
          { topic: 'elsewhere' },
          { topic: 'prepared', replicas: [1, 2], config: { 'min.insync.replicas': '2' } },
          { topic: 'tiny' },
        ]);
      });
      after(() => blue.close());

      /** A transactional id whose coordinator is another broker: it must live on when that one dies. */
      async function idCoordinatedBesides(broker: number): Promise<string> {
        const [state] = (await blue.metadata(['__transaction_state'])).topics;
        assert.ok(state !== undefined, 'an earlier test has used transactions');
        const id = Array.from({ length: 100 }, (_, n) => `prepared-writer-${n}`).find(name => {
          const index = partitionOfKey(name, state.partitions.length);
          return state.partitions.find(p => p.partition === index)?.leader !== broker;
        });
        assert.ok(id !== undefined);
        return id;
      }

      test(
        ...guarantee(
          {
            promise: 'nothingLost',
            fault: `a follower is stopped, and the high watermark stays behind (Kafka ${brokers.version})`,
          },
          `acks=1 records that a stopped follower lacks are not hidden by the high watermark, and are frozen once it has them (Kafka ${brokers.version})`,
          async () => {
            const originals = await readOriginals(blue, ['hidden'], OUR_KEYS);
            brokers.kill(2, 'SIGSTOP');
            const leader = brokers.brokers.find(b => b.id === 1);
            await producing(client(`${leader?.host}:9092`), {}, producer =>
              producer.send({ topic: 'hidden', acks: 1, messages: values(50) }),
            );
            const looking = readLogEnds(blue, ['hidden']);
            // While the broker is thought to run, a step is tried again until it has confirmed the fence.
            const freezing = freezeTopics(blue, ['hidden'], originals, { withinMs: 1_500 }).catch(toBeTriedAgain);
            const sample = await sampleEnds(blue, ['hidden']);
            const [paused] = (await looking).topics;
            const waits = await freezing.finally(() => brokers.kill(2, 'SIGCONT'));
            assert.deepEqual(sample.ends, { hidden: ['50'] });
            const [partition] = paused?.partitions ?? [];
            assert.ok(paused !== undefined && partition?.kind === 'seen', JSON.stringify(partition));
            assert.equal(partition.highWatermark, '0', 'the high watermark hides them');
            assert.deepEqual(partition.replicas[0], { broker: 1, kind: 'seen', end: '50' });
            assert.equal(partition.replicas[1]?.kind, 'unknown');
            assert.equal(isFrozen(paused, paused, 'now').kind, 'unknown');
            if (waits !== 'to be tried again') {
              assert.ok(waits.kind === 'waiting', JSON.stringify(waits));
              assert.deepEqual([waits.frozen.topics, waits.waiting[0]?.topic], [[], 'hidden']);
            }
            await eventually('it is frozen with all of them', async () => {
              const done = await freezeTopics(blue, ['hidden'], originals, { withinMs: 5_000 });
              if (done.kind !== 'frozen') return false;
              assert.equal(done.frozen.topics[0]?.partitions[0]?.end, '50');
              return true;
            });
          },
        ),
      );

      test(
        ...guarantee(
          {
            promise: 'nothingLost',
            fault: `producers with acks 0, 1 and all, and an open transaction, at the freeze (Kafka ${brokers.version})`,
          },
          `Under producers with acks 0, 1 and all and an open transaction the ends freeze with every acknowledged record, and the commit is not destroyed (Kafka ${brokers.version})`,
          async () => {
            const topics = ['orders', 'payments'];
            const originals = await readOriginals(blue, topics, OUR_KEYS);
            const kafka = client(brokers.bootstrap);
            const writers = [0, 1, -1].map(acks => write(acks));
            await eventually('all writers were acknowledged', () => writers.every(w => w.acknowledged().length > 0));

            const transactional = kafka.producer({ transactionalId: 'payments-writer', maxInFlightRequests: 1 });
            await transactional.connect();
            const transaction = await transactional.transaction();
            await transaction.send({ topic: 'payments', messages: values(7, 1) });

            const waits = await freezeTopics(blue, topics, originals, { withinMs: 1_500 });
            assert.ok(waits.kind === 'waiting', JSON.stringify(waits));
            assert.deepEqual(
              waits.transactions.map(t => [t.transactionalId, t.state]),
              [['payments-writer', 'Ongoing']],
            );
            assert.match(waits.waiting[0]?.why ?? '', /transaction is open/);

            const freezing = freezeTopics(blue, topics, originals);
            await transaction.commit();
            const done = await freezing;
            await transactional.disconnect();
            assert.ok(done.kind === 'frozen', JSON.stringify(done));

            const { frozen } = done;
            assert.deepEqual(
              frozen.topics.map(t => t.topic),
              topics,
            );
            const payments = frozen.topics[1]?.partitions[1];
            assert.ok(payments);
            const range = { topic: 'payments', partition: 1, from: '0', to: payments.end };
            assert.deepEqual(await dataRecordsBetween(blue, range, { atMost: 1_000n }), {
              kind: 'counted',
              records: '7',
            });

            const refused = writers.map(w => w.refused());
            await eventually('writers go on trying, and are refused', () =>
              writers.every((w, i) => i === 0 || w.refused() > refused[i]! + 5),
            );
            const ended = await Promise.all(writers.map(w => w.stop()));
            const [address = ''] = brokers.bootstrap.split(',');
            const stored = await storedValues(address, 'orders');
            const [, one = [], all = []] = ended;
            assertStoredOnce(stored, one);
            assertStoredOnce(stored, all);
            const held = [...stored.values()].reduce((sum, n) => sum + n, 0);
            const frozenEnds = frozen.topics[0]?.partitions.reduce((sum, p) => sum + Number(p.end), 0);
            assert.equal(held, frozenEnds, 'the frozen ends hold all of them');
            const now = await readLogEnds(blue, topics);
            for (const topic of frozen.topics) {
              const ends = now.topics.find(t => t.topic === topic.topic);
              assert.ok(ends);
              assert.deepEqual(stillFrozen(topic, ends), { kind: 'still' });
            }
            const first = await sampleEnds(blue, topics);
            const [quiet] = movement({ ...first, atMs: first.atMs - 1_000 }, await sampleEnds(blue, topics));
            assert.equal(quiet?.kind, 'quiet');
            assert.deepEqual(await openTransactions(blue), { kind: 'seen', open: [] });

            const again = await freezeTopics(blue, topics, originals);
            assert.ok(again.kind === 'frozen');
            assert.deepEqual(
              again.frozen.topics.map(t => t.partitions),
              frozen.topics.map(t => t.partitions),
            );
          },
        ),
      );

      test(
        ...guarantee(
          {
            promise: 'nothingLost',
            fault: `a transaction begins between the two fences, and the worker dies (Kafka ${brokers.version})`,
          },
          `A transaction that is found open under the fence at 1 gets 78 back, commits, and is frozen with its record (Kafka ${brokers.version})`,
          async () => {
            const originals = await readOriginals(blue, ['tiny'], OUR_KEYS);
            await setFence(blue, ['tiny'], 78, originals);
            await producing(client(brokers.bootstrap), { transactionalId: 'tiny-writer' }, async producer => {
              const transaction = await producer.transaction();
              await transaction.send({ topic: 'tiny', messages: [{ value: 'fits' }] });
              await setFence(blue, ['tiny'], 1, originals);
              let waiting = 0;
              const freezing = freezeTopics(blue, ['tiny'], originals, {
                progress: p => {
                  if ('transactions' in p) waiting += 1;
                },
              });
              await eventually('the freeze waits for it', () => waiting > 1);
              await transaction.commit();
              const done = await freezing;
              assert.ok(done.kind === 'frozen', JSON.stringify(done));
              assert.equal(done.frozen.topics[0]?.partitions[0]?.end, '2', 'the record and its marker');
            });
            const range = { topic: 'tiny', partition: 0, from: '0', to: '2' };
            assert.deepEqual(await dataRecordsBetween(blue, range, { atMost: 9n }), { kind: 'counted', records: '1' });
          },
        ),
      );

      test('A transaction that writes only to topics that stay open holds up nothing', async () => {
        const originals = await readOriginals(blue, ['tiny'], OUR_KEYS);
        await producing(client(brokers.bootstrap), { transactionalId: 'elsewhere-writer' }, async producer => {
          const transaction = await producer.transaction();
          await transaction.send({ topic: 'elsewhere', messages: values(1) });
          const done = await freezeTopics(blue, ['tiny'], originals, { withinMs: 5_000 });
          assert.equal(done.kind, 'frozen', JSON.stringify(done));
          await transaction.commit();
        });
      });

      test(
        ...guarantee(
          {
            promise: 'nothingLost',
            fault: `a transaction is prepared, and its marker cannot be written for want of replicas (Kafka ${brokers.version})`,
          },
          `A prepared transaction is waited for until its marker is in every log, and its records are within the frozen end (Kafka ${brokers.version})`,
          async () => {
            const originals = await readOriginals(blue, ['prepared'], OUR_KEYS);
            const transactionalId = await idCoordinatedBesides(2);
            await producing(client(brokers.bootstrap), { transactionalId }, async producer => {
              const transaction = await producer.transaction();
              await transaction.send({ topic: 'prepared', messages: values(5) });
              brokers.kill(2);
              await eventually('its follower left the in-sync replicas', async () => {
                const [topic] = (await blue.metadata(['prepared'])).topics;
                return topic?.partitions[0]?.isr.length === 1;
              });
              await transaction.commit();
            });
            const waits = await freezeTopics(blue, ['prepared'], originals, { withinMs: 1_500 });
            assert.ok(waits.kind === 'waiting', JSON.stringify(waits));
            assert.deepEqual(
              waits.transactions.map(t => [t.transactionalId, t.state, t.topics]),
              [[transactionalId, 'PrepareCommit', ['prepared']]],
            );
            await brokers.restart(2);
            await eventually('it is frozen', async () => {
              const done = await freezeTopics(blue, ['prepared'], originals, { withinMs: 5_000 });
              if (done.kind !== 'frozen') return false;
              assert.equal(done.frozen.topics[0]?.partitions[0]?.end, '6', 'five records and their marker');
              return true;
            });
            const range = { topic: 'prepared', partition: 0, from: '0', to: '6' };
            assert.deepEqual(await dataRecordsBetween(blue, range, { atMost: 9n }), { kind: 'counted', records: '5' });
          },
        ),
      );

      test('A frozen topic stays frozen under a new leader, whose fence is proved, and is never called so while a replica is away', async () => {
        const topics = ['orders'];
        const originals = await readOriginals(blue, topics, OUR_KEYS);
        const done = await freezeTopics(blue, topics, originals);
        assert.ok(done.kind === 'frozen', JSON.stringify(done));
        const [frozen] = done.frozen.topics;
        assert.ok(frozen);
        const look = async () => {
          const [ends] = (await readLogEnds(blue, topics)).topics;
          assert.ok(ends);
          return stillFrozen(frozen, ends);
        };
        const away = frozen.partitions[0]?.leader ?? 0;
        brokers.kill(away);
        await eventually('another broker leads', async () => {
          const state = await look();
          assert.equal(state.kind, 'unknown', JSON.stringify(state));
          return (
            (await blue.metadata(topics)).topics[0]?.partitions.every(p => p.leader !== null && p.leader !== away) ===
            true
          );
        });
        const waits = await freezeTopics(blue, topics, originals, { withinMs: 1_000 });
        assert.ok(waits.kind === 'waiting', JSON.stringify(waits));
        const led = await freezeTopics(blue, topics, originals, { seenBy: 'leaders' });
        assert.ok(led.kind === 'frozen', JSON.stringify(led));
        assert.deepEqual(
          led.frozen.topics.map(t => t.partitions.map(p => p.end)),
          [frozen.partitions.map(p => p.end)],
          'counted to the same ends',
        );
        assert.ok(led.unseen.length > 0);
        for (const replica of led.unseen) assert.match(replica, new RegExp(`^orders/\\d on broker ${away}: `));
        await brokers.restart(away);
        await eventually('every replica is back', async () => (await look()).kind !== 'unknown');
        const back = await look();
        assert.ok(back.kind === 'new-leader', JSON.stringify(back));
        // On ZooKeeper the controller raises the epoch of every partition that lost a replica.
        for (const { partition, leader } of frozen.partitions)
          assert.ok(leader !== away || back.partitions.includes(partition), JSON.stringify(back));
        const again = await freezeTopics(blue, topics, originals);
        assert.ok(again.kind === 'frozen', JSON.stringify(again));
        assert.deepEqual(
          again.frozen.topics[0]?.partitions.map(p => p.end),
          frozen.partitions.map(p => p.end),
        );
      });

      /** One record after the other until stopped, each with a value of its own; keeps what was acknowledged, counts what was refused. */
      function write(acks: number) {
        const acknowledged: string[] = [];
        let refused = 0;
        const stopped = new AbortController();
        const kafka = client(brokers.bootstrap, `writer-${acks}`);
        const done = producing(kafka, { retry: { retries: 0 } }, async producer => {
          for (let n = 0; !stopped.signal.aborted; n += 1) {
            const value = `a record with acks ${acks}, long enough not to fit below the fence: ${n}`;
            try {
              await producer.send({ topic: 'orders', acks, messages: [{ partition: n % 3, value }] });
              acknowledged.push(value);
            } catch {
              refused += 1;
            }
            await new Promise(resolve => setTimeout(resolve, 20));
          }
        });
        return {
          acknowledged: () => acknowledged,
          refused: () => refused,
          stop: async () => {
            stopped.abort();
            await done;
            return acknowledged;
          },
        };
      }
    });
});

function toBeTriedAgain(error: unknown): 'to be tried again' {
  if (error instanceof KafkaTrouble && error.retriable) return 'to be tried again';
  throw error;
}
