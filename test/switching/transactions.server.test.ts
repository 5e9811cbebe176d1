import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Registry } from 'prom-client';
import { connectCluster } from '../../kafka/cluster.ts';
import { commitFor } from '../../kafka/commit-offsets.ts';
import { ensureTicketTopic, putTicket } from '../../kafka/tickets.ts';
import { BlueGreenProducer, type BlueGreenProducerOptions } from '../../switching/src/producer.ts';
import {
  OffsetsOfAnotherCluster,
  TransactionAborted,
  TransactionalIdTaken,
  TransactionOutcomeUnknown,
} from '../../switching/src/transaction-errors.ts';
import type { Reply } from '../../switching/src/transaction-replies.ts';
import { addPartitions, endTransaction } from '../../switching/src/transaction-requests.ts';
import { TransactionSession } from '../../switching/src/transaction-session.ts';
import { type FrontedCluster, startFrontedCluster } from '../support/fronted-cluster.ts';
import { guarantee } from '../support/guarantee.ts';
import { createTopic, kafkaOf, limitRecords, readLog, signpostOf, withAdmin } from './cluster-work.ts';
import { eventually } from './eventually.ts';

const FENCE = 78;
const END = 'the end of the log';
const RUN = '0123456789ab';

/** Transactions that are open for too long are looked for twice a second. */
const config = { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500' };
const [blue, green] = await Promise.all([
  startFrontedCluster({ version: '3.9.2', metadataMode: 'kraft', brokers: 1, config }),
  startFrontedCluster({ version: '4.3.1', metadataMode: 'kraft', brokers: 1, config }),
]);
const both = [blue, green] as const;

/** As clients reach them: through the proxy. */
const fronts = ({ brokers, proxy }: FrontedCluster) => ({ ...brokers, bootstrap: proxy.bootstrap });
const steadyOn = (cluster: FrontedCluster, epoch = 1n) => signpostOf([fronts(cluster)], epoch);
const flipped = () =>
  signpostOf([fronts(blue), fronts(green)], 2n, { by: RUN, write: { kind: 'cluster', id: green.brokers.clusterId } });

async function connected(
  context: TestContext,
  signpost: () => string,
  more: Partial<BlueGreenProducerOptions> = {},
): Promise<BlueGreenProducer> {
  const producer = new BlueGreenProducer({
    clientId: 'orders-service',
    record: 'kafka.orders.example.com',
    resolver: { resolveTxt: async () => [[signpost()]] },
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    signpostPollMs: 100,
    switchJitterMs: 0,
    transactionalId: `payments-${crypto.randomUUID()}`,
    kafka: { requestTimeout: 3_000 },
    disconnectDeadlineMs: 2_000,
    ...more,
  });
  context.after(() => producer.disconnect());
  await producer.connect();
  return producer;
}

/** What a read_committed reader gets of a topic of one partition. kafkajs hands out no markers: so a record is put after them. */
async function committed({ brokers }: FrontedCluster, topic: string): Promise<string[]> {
  const producer = kafkaOf(brokers).producer();
  await producer.connect();
  await eventually('a last record is stored', () =>
    producer.send({ topic, messages: [{ value: END }] }).then(
      () => true,
      () => false,
    ),
  );
  await producer.disconnect();
  const values = (await readLog(brokers, topic)).map(({ value }) => value);
  return values.filter(value => value !== END);
}

const messages = (...values: string[]) => values.map(value => ({ key: 'k', value }));

for (const cluster of both)
  test(`on Kafka ${cluster.brokers.version} what is committed is seen whole and in order, and what is aborted is not`, async context => {
    const topic = 'ends';
    await createTopic(cluster.brokers, topic, 1);
    const metrics = new Registry();
    const producer = await connected(context, () => steadyOn(cluster), { metrics });
    for (const round of [1, 2, 3]) {
      const kept = await producer.transaction();
      await Promise.all([1, 2, 3].map(n => kept.send({ topic, messages: messages(`${round}.${n}`) })));
      await assert.rejects(producer.transaction(), /already an ongoing transaction/);
      await kept.commit();
      assert.equal(kept.isActive(), false);
      await assert.rejects(kept.send({ topic, messages: messages('late') }), /once ended/);
      const dropped = await producer.transaction();
      await dropped.send({ topic, messages: messages(`${round}.dropped`) });
      await dropped.abort();
      await dropped.abort();
      await assert.rejects(dropped.commit(), /once ended/);
    }
    await producer.send({ topic, messages: messages('plain') });
    const empty = await producer.transaction();
    await empty.commit();
    const expected = [1, 2, 3].flatMap(round => [1, 2, 3].map(n => `${round}.${n}`));
    assert.deepEqual(await committed(cluster, topic), [...expected, 'plain']);
    const counted = await metrics.metrics();
    assert.match(counted, /transactions_committed_total\{.*\} 4\n/);
    assert.match(counted, /transactions_aborted_total\{.*\} 3\n/);
  });

for (const cluster of both)
  test(
    ...guarantee(
      { promise: 'once', fault: 'the answer to a commit is lost' },
      `on Kafka ${cluster.brokers.version} a commit whose answer is lost is asked for again and happens once`,
      async context => {
        const topic = 'answer-lost';
        await createTopic(cluster.brokers, topic, 1);
        const producer = await connected(context, () => steadyOn(cluster));
        const transaction = await producer.transaction();
        await transaction.send({ topic, messages: messages('once') });
        cluster.proxy.inject([{ api: 'EndTxn', kind: { kind: 'cut-after-effect' } }]);
        await transaction.commit();
        assert.equal(cluster.proxy.hits.get('EndTxn'), 1);
        cluster.proxy.inject(
          ['Produce', 'AddPartitionsToTxn'].map(api => ({ api, kind: { kind: 'cut-after-effect' } })),
        );
        const another = await producer.transaction();
        await another.send({ topic, messages: messages('twice sent') });
        await another.commit();
        assert.equal(cluster.proxy.hits.get('Produce'), 1);
        cluster.proxy.inject([]);
        assert.deepEqual(await committed(cluster, topic), ['once', 'twice sent']);
      },
    ),
  );

test(
  ...guarantee(
    { promise: 'once', fault: 'the answer to a commit is lost, and another instance takes the id' },
    'a commit whose answer is lost is looked up in the log where another instance took over before it was asked again',
    async context => {
      const topic = 'looked-up';
      await createTopic(green.brokers, topic, 1);
      const transactionalId = 'looked-up';
      for (const [kind, ended] of [
        ['cut-after-effect', 'committed'],
        ['cut-before-effect', 'aborted'],
      ] as const) {
        const first = await connected(context, () => steadyOn(green), { transactionalId, clientId: 'first' });
        const second = await connected(context, () => steadyOn(green), { transactionalId, clientId: 'second' });
        const transaction = await first.transaction();
        await transaction.send({ topic, messages: messages(ended) });
        // Whatever is asked after the first end is cut too, until the second instance has begun.
        green.proxy.inject([
          { api: 'EndTxn', client: 'first', kind: { kind } },
          { api: 'EndTxn', client: 'first', kind: { kind: 'cut-before-effect' }, times: 1_000 },
        ]);
        const told = transaction.commit().then(
          () => 'committed',
          (error: unknown) => (error instanceof TransactionAborted ? 'aborted' : String(error)),
        );
        await eventually('the end was asked for', () => (green.proxy.hits.get('EndTxn') ?? 0) > 1);
        const later = await second.transaction();
        green.proxy.inject([]);
        assert.equal(await told, ended);
        await later.abort();
        await assert.rejects(first.transaction(), TransactionalIdTaken);
      }
      assert.deepEqual(await committed(green, topic), ['committed']);
    },
  ),
);

test(
  ...guarantee(
    { promise: 'nothingLost', fault: 'a producer ends with a transaction open' },
    'what an instance that is gone left open is aborted by the next one with its transactional id',
    async context => {
      const topic = 'left-open';
      await createTopic(blue.brokers, topic, 1);
      const transactionalId = 'left-open';
      const first = await connected(context, () => steadyOn(blue), { transactionalId });
      const open = await first.transaction();
      await open.send({ topic, messages: messages('left open') });
      const second = await connected(context, () => steadyOn(blue), { transactionalId });
      const next = await second.transaction();
      await next.send({ topic, messages: messages('of the next') });
      await next.commit();
      await assert.rejects(open.commit(), TransactionAborted);
      await assert.rejects(first.transaction(), TransactionalIdTaken);
      assert.deepEqual(await committed(blue, topic), ['of the next']);
    },
  ),
);

test(
  ...guarantee(
    { promise: 'nothingLost', fault: 'a transaction is open when the flip comes' },
    'a transaction that is open when the flip comes is committed on blue, and the next one begins on green after it',
    async context => {
      const topic = 'over-the-flip';
      await Promise.all(both.map(({ brokers }) => createTopic(brokers, topic, 1)));
      let text = steadyOn(blue);
      const producer = await connected(context, () => text);
      const switched: number[] = [];
      const begun: string[] = [];
      producer.on('switching', ({ to }) => begun.push(to));
      producer.on('switched', ({ transactionsUnknown }) => switched.push(transactionsUnknown));
      const open = await producer.transaction();
      await open.send({ topic, messages: messages('before the flip') });
      text = flipped();
      await eventually('the producer moves', () => begun.length === 1);
      await open.send({ topic, messages: messages('after the flip') });
      assert.deepEqual(switched, []);
      await open.commit();
      await eventually('nothing is left on blue', () => switched.length === 1);
      const next = await producer.transaction();
      await next.send({ topic, messages: messages('on green') });
      await next.commit();
      assert.deepEqual(await committed(blue, topic), ['before the flip', 'after the flip']);
      assert.deepEqual(await committed(green, topic), ['on green']);
      assert.deepEqual(switched, [0]);
    },
  ),
);

test(
  ...guarantee(
    { promise: 'nothingLost', fault: 'a transaction is open when its topic is fenced' },
    'a transaction that the fence refuses is aborted on blue with a word to run it again, and is stored whole on green',
    async context => {
      const topic = 'fenced';
      await Promise.all(both.map(({ brokers }) => createTopic(brokers, topic, 1)));
      let text = signpostOf([fronts(blue), fronts(green)], 1n);
      const producer = await connected(context, () => text);
      const open = await producer.transaction();
      await open.send({ topic, messages: messages('first of blue') });
      await limitRecords(blue.brokers, topic, FENCE);
      const sends: Promise<unknown>[] = [];
      await eventually('the fence refuses a record', async () => {
        sends.push(
          open.send({ topic, messages: messages('second of blue '.repeat(10)) }).catch((error: unknown) => error),
        );
        return (await sends.at(-1)) instanceof TransactionAborted;
      });
      assert.equal(open.isActive(), false);
      await assert.rejects(open.commit(), { name: 'TransactionAborted', reason: 'fenced', message: /run it again/ });
      await open.abort();
      text = flipped();
      // Until the producer has seen the flip a transaction begins on blue, and the fence ends it too.
      await eventually('it is stored on another run', async () => {
        const again = await producer.transaction();
        const stored = again.send({ topic, messages: messages('first of two '.repeat(10), 'second') });
        return stored
          .then(() => again.commit())
          .then(
            () => true,
            (error: unknown) => {
              if (error instanceof TransactionAborted) return false;
              throw error;
            },
          );
      });
      await limitRecords(blue.brokers, topic, null);
      assert.deepEqual(await committed(blue, topic), []);
      assert.deepEqual(await committed(green, topic), ['first of two '.repeat(10), 'second']);
    },
  ),
);

for (const cluster of both)
  test(
    ...guarantee(
      {
        promise: 'nothingLost',
        fault: 'the first record of a transaction is lost on its way, and its topic is fenced',
      },
      `on Kafka ${cluster.brokers.version} a record that was lost under the fence is not taken for one of an earlier epoch`,
      async context => {
        const topic = 'epochs';
        await createTopic(cluster.brokers, topic, 1);
        const producer = await connected(context, () => steadyOn(cluster));
        const dropped = await producer.transaction();
        await dropped.send({ topic, messages: messages('1', '2', '3') });
        await dropped.abort();
        const open = await producer.transaction();
        await limitRecords(cluster.brokers, topic, FENCE);
        const outsider = kafkaOf(cluster.brokers).producer({ retry: { retries: 0 } });
        await outsider.connect();
        await eventually('the fence stands', () =>
          outsider.send({ topic, messages: messages('outside '.repeat(20)) }).then(
            () => false,
            () => true,
          ),
        );
        await outsider.disconnect();
        cluster.proxy.inject([{ api: 'Produce', client: 'orders-service', kind: { kind: 'cut-before-effect' } }]);
        await assert.rejects(open.send({ topic, messages: messages('lost '.repeat(30)) }), { reason: 'fenced' });
        assert.equal(cluster.proxy.hits.get('Produce'), 1);
        cluster.proxy.inject([]);
      },
    ),
  );

test('a transaction() call waits while writers are to hold, and no longer than the time-out of a send', async context => {
  const topic = 'held';
  await createTopic(blue.brokers, topic, 1);
  let text = signpostOf([fronts(blue)], 1n, { write: { kind: 'hold' } });
  const patient = await connected(context, () => text);
  const impatient = await connected(context, () => text, { sendTimeoutMs: 200 });
  const asked = patient.transaction();
  await assert.rejects(impatient.transaction(), { name: 'SendTimeout', state: { kind: 'held', epoch: '1' } });
  text = steadyOn(blue, 2n);
  const begun = await asked;
  await begun.send({ topic, messages: messages('after the hold') });
  await begun.commit();
  assert.deepEqual(await committed(blue, topic), ['after the hold']);
});

test('offsets are committed with the transaction where the group reads its cluster, and refused between flip and release', async context => {
  const topic = 'consumed';
  const groupId = 'billing';
  await Promise.all(both.map(({ brokers }) => createTopic(brokers, topic, 1)));
  const offsets = (offset: string) => ({
    consumerGroupId: groupId,
    topics: [{ topic, partitions: [{ partition: 0, offset }] }],
  });
  const of = ({ brokers }: FrontedCluster) =>
    withAdmin(
      brokers,
      async admin => (await admin.fetchOffsets({ groupId, topics: [topic] }))[0]?.partitions[0]?.offset,
    );
  let text = steadyOn(blue);
  const producer = await connected(context, () => text);
  const dropped = await producer.transaction();
  await dropped.sendOffsets(offsets('3'));
  await dropped.abort();
  assert.equal(await of(blue), '-1');
  const kept = await producer.transaction();
  await kept.send({ topic, messages: messages('produced') });
  await kept.sendOffsets(offsets('5'));
  await kept.commit();
  await eventually('the offset is committed on blue', async () => (await of(blue)) === '5');

  const cluster = await connectCluster({ bootstrap: green.brokers.bootstrap });
  context.after(() => cluster.close());
  await ensureTicketTopic(cluster);
  await commitFor(cluster, groupId, [{ topic, partitions: [{ partition: 0, offset: '0' }] }]);
  await putTicket(cluster, groupId, { deployment: RUN, state: 'held' });
  const moves: string[] = [];
  producer.on('switched', ({ to }) => moves.push(to));
  text = flipped();
  await eventually('the producer switched', () => moves.length === 1);
  const between = await producer.transaction();
  await between.send({ topic, messages: messages('between') });
  await assert.rejects(between.sendOffsets(offsets('7')), OffsetsOfAnotherCluster);
  await between.commit();
  await putTicket(cluster, groupId, { deployment: RUN, state: 'released' });
  const released = await producer.transaction();
  await released.sendOffsets(offsets('1'));
  await released.commit();
  await eventually('the offset is committed on green', async () => (await of(green)) === '1');
  assert.deepEqual(await committed(green, topic), ['between']);
  assert.equal(await of(blue), '5');
});

for (const cluster of both)
  test(`Kafka ${cluster.brokers.version} tells a second end of a transaction from a wrong one, and from one of another epoch`, async context => {
    const topic = 'ended-twice';
    await createTopic(cluster.brokers, topic, 1);
    const { clusterId } = cluster.brokers;
    const place = { config: { clientId: 'test' }, seeds: cluster.proxy.bootstrap.split(','), clusterId };
    const transactionalId = `ended-twice-${crypto.randomUUID()}`;
    const options = { transactionalId, timeoutMs: 60_000, maxBatchBytes: 1_000 };
    const session = await TransactionSession.open(place, options, new AbortController().signal);
    context.after(() => session.close());
    const prepared = () => eventually('an epoch is given', async () => (await session.prepare()) === 'ready');
    const ask = async (call: Parameters<TransactionSession['ask']>[2]) => {
      let reply: Reply = { kind: 'later', code: 0 };
      await eventually('the coordinator is not busy', async () => {
        reply = await session.ask('transaction', transactionalId, call);
        return reply.kind !== 'later';
      });
      return reply.kind;
    };
    await prepared();
    for (const commit of [true, false]) {
      const { identity } = session;
      const answers = [
        await ask(endTransaction(identity, commit)),
        await ask(addPartitions(identity, [{ topic, partitions: [0] }])),
        await ask(endTransaction(identity, commit)),
        await ask(endTransaction(identity, commit)),
        await ask(endTransaction(identity, !commit)),
      ];
      session.spend();
      await prepared();
      answers.push(await ask(endTransaction(identity, commit)));
      assert.deepEqual(answers, ['wrong-state', 'done', 'done', 'done', 'wrong-state', 'fenced']);
    }
  });

for (const cluster of both)
  test(`on Kafka ${cluster.brokers.version} a transaction that is open for too long is aborted, and its producer says so`, async context => {
    const topic = 'too-long';
    await createTopic(cluster.brokers, topic, 1);
    const producer = await connected(context, () => steadyOn(cluster), { transactionTimeoutMs: 300 });
    const open = await producer.transaction();
    await open.send({ topic, messages: messages('too long') });
    await eventually('the coordinator has aborted it', async () => {
      const told = await open.send({ topic, messages: messages('more') }).catch((error: unknown) => error);
      return told instanceof TransactionAborted && told.reason === 'taken-over';
    });
    await assert.rejects(open.commit(), TransactionAborted);
    // Before Kafka 4 the coordinator cannot tell that from an instance whose place was taken.
    const next = await producer.transaction().then(
      () => 'begins',
      (error: unknown) => (error instanceof TransactionalIdTaken ? 'taken' : String(error)),
    );
    assert.equal(next, cluster === blue ? 'taken' : 'begins');
    await producer.disconnect();
    await producer.connect();
    const again = await producer.transaction();
    await again.send({ topic, messages: messages('in time') });
    await again.commit();
    assert.deepEqual(await committed(cluster, topic), ['in time']);
  });

test('a commit that blue never answered before it was deleted is told as unknown, and counted', async context => {
  const topic = 'never-told';
  await createTopic(blue.brokers, topic, 1);
  let text = signpostOf([fronts(blue), fronts(green)], 1n);
  const producer = await connected(context, () => text);
  const counted: number[] = [];
  const alarms: string[] = [];
  producer.on('switched', ({ transactionsUnknown }) => counted.push(transactionsUnknown));
  producer.on('alarm', ({ reason }) => alarms.push(reason));
  const open = await producer.transaction();
  await open.send({ topic, messages: messages('committed, or not') });
  blue.proxy.inject([{ api: 'EndTxn', kind: { kind: 'cut-after-effect' }, times: 1_000 }]);
  const told = open.commit().catch((error: unknown) => error);
  await eventually('the commit was asked for', () => (blue.proxy.hits.get('EndTxn') ?? 0) > 0);
  await blue.proxy.refuse();
  text = signpostOf([fronts(green)], 2n);
  assert.ok((await told) instanceof TransactionOutcomeUnknown);
  await eventually('the switch is over', () => counted.length === 1);
  assert.deepEqual(counted, [1]);
  assert.match(alarms.join(), /nobody can tell any more/);
  await assert.rejects(open.abort(), TransactionOutcomeUnknown);
});
