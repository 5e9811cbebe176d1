/**
 * Every disposition in one deployment under audited traffic, and groups in every state that a drain can find them in: what nobody
 * has to read holds up nothing, what cannot be proved read holds by name, and the ledger says who excused whom and why.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Consumer } from 'kafkajs';
import type { LedgerEvidence } from '../../activities/ledger-evidence.ts';
import type { EvidenceRef } from '../../contract/evidence.ts';
import { openEvidenceStore } from '../../evidence/open.ts';
import { getJson } from '../../evidence/store.ts';
import { until } from '../../local/until.ts';
import { BLUE, GREEN, request } from '../e2e/deployment.ts';
import { Service } from '../e2e/service.ts';
import { Straggler } from '../e2e/straggler.ts';
import { guarantee } from '../support/guarantee.ts';
import { asOneStory } from '../support/one-story.ts';

/** What is written to `orders` after preflight, on one partition. */
const WRITTEN_LATER = 3;
const WITHIN_MS = 300_000;

const input = {
  ...request,
  topics: [
    { match: 'metrics', disposition: 'ambient' },
    { match: 'scratch', disposition: 'waive', by: 'ada', reason: 'experiments' },
  ],
  groups: [
    { match: 'dead', disposition: 'abandoned', by: 'eve', reason: 'its service is gone' },
    { match: 'flink', disposition: 'external', by: 'eve', reason: 'keeps its own offsets' },
    { match: 'probe-*', disposition: 'ephemeral' },
    { match: 'tail', disposition: 'move', start: 'latest' },
    { match: '*', disposition: 'move' },
  ],
  waive: [{ kind: 'group', name: 'fresh', by: 'ada', reason: 'it is restarted by hand' }],
  drain: { ...request.drain, deadline: '20s' },
};

describe('a deployment with every disposition', () => {
  asOneStory();
  let service: Service;
  let metrics: Straggler | null = null;
  const readers = new Set<Consumer>();
  before(async () => {
    service = await Service.start();
    const { eyes, operator } = service;
    for (const topic of ['metrics', 'scratch']) await eyes.createTopic(BLUE, topic);
    metrics = await Straggler.start(await eyes.kafka(BLUE, 'metrics'), 'metrics');
    await eyes.write(BLUE, 'scratch', 5);
    for (const group of ['dead', 'flink', 'forgotten', 'probe-1']) await eyes.commitAtEnds(BLUE, group, 'payments', 3);
    await eyes.commitAtEnds(BLUE, 'ahead', 'payments', -5);
    await commit('overslept', 'payments', 0, '2');
    await eyes.admin(BLUE, async admin => {
      // This client deletes records of topics only that it has looked at before.
      await admin.fetchTopicOffsets('payments');
      await admin.deleteTopicRecords({ topic: 'payments', partitions: [{ partition: 0, offset: '5' }] });
    });
    await commit('tail', 'orders', 0, await endOf('orders', 0));
    await startReader(BLUE, 'fresh', false);
    await service.toTheGate(input);
    const messages = Array.from({ length: WRITTEN_LATER }, (_, i) => ({
      partition: 1,
      value: `after preflight, ${i}`,
    }));
    await eyes.producing(BLUE, producer => producer.send({ topic: 'orders', messages }));
    await operator.approve('flip');
  });
  after(async () => {
    await stopReaders();
    await metrics?.stop();
    await service?.stop();
  });

  /** Puts a group without members there, on one partition alone. */
  async function commit(groupId: string, topic: string, partition: number, offset: string): Promise<void> {
    const partitions = [{ partition, offset }];
    await service.eyes.admin(BLUE, admin => admin.setOffsets({ groupId, topic, partitions }));
  }

  async function endOf(topic: string, partition: number): Promise<string> {
    const ends = await service.eyes.admin(BLUE, admin => admin.fetchTopicOffsets(topic));
    const end = ends.find(p => p.partition === partition)?.high;
    assert.ok(end !== undefined);
    return end;
  }

  /** Starts a plain member of the group and returns when it has its partitions. */
  async function startReader(stack: string, groupId: string, autoCommit: boolean): Promise<Consumer> {
    const reader = (await service.eyes.kafka(stack, groupId)).consumer({ groupId });
    readers.add(reader);
    let joined = false;
    reader.on(reader.events.GROUP_JOIN, () => {
      joined = true;
    });
    await reader.connect();
    await reader.subscribe({ topics: ['orders'], fromBeginning: true });
    await reader.run({ autoCommit, eachMessage: async () => undefined });
    await until(`${groupId} has joined on ${stack}`, async () => joined, { withinMs: WITHIN_MS });
    return reader;
  }

  async function stopReaders(): Promise<void> {
    await Promise.all([...readers].map(reader => reader.disconnect()));
    readers.clear();
  }

  /** Returns when more records of the ambient topic were acknowledged; none may have been refused. */
  async function metricsFlow(): Promise<void> {
    const writer = metrics;
    assert.ok(writer !== null);
    const goal = writer.acknowledged.length + 5;
    await until('the ambient topic is written', async () => writer.acknowledged.length >= goal, {
      withinMs: WITHIN_MS,
    });
    assert.equal(writer.refused, 0);
  }

  test(
    ...guarantee(
      {
        promise: 'nothingLost',
        fault: 'an ambient topic that is written on blue all the time; a waived one with records that nobody read',
      },
      'blue is frozen though an ambient topic is still written there; that one stays open, and a waived one is fenced like all others',
      async () => {
        const { eyes, operator } = service;
        await operator.until('groups are waited for', s => s.phase === 'drain' || s.phase === 'release', WITHIN_MS);
        const configs = await eyes.topicConfigs(BLUE);
        const fences = ['metrics', 'scratch', 'orders'].map(topic => configs[topic]?.['max.message.bytes']);
        assert.deepEqual(fences, [undefined, '1', '1']);
        await assert.rejects(eyes.write(BLUE, 'scratch', 1), { type: 'MESSAGE_TOO_LARGE' });
        await metricsFlow();
      },
    ),
  );

  test(
    ...guarantee(
      {
        promise: 'holds',
        fault:
          'groups without commits, with commits below the log start and beyond the end, and deleted while they drain',
      },
      'the drain names every group that is not proved, with what is missing, and none that somebody excused',
      async () => {
        const { eyes, holds } = service;
        await eyes.admin(BLUE, admin => admin.deleteGroups(['forgotten', 'probe-1']));
        const said = await holds.nextLike(/forgotten: the group is gone before its records were proved read/);
        const end = await endOf('payments', 0);
        for (const sentence of [
          `ahead: payments/0: committed ${BigInt(end) + 5n}, beyond the end ${end}`,
          `billing: ${WRITTEN_LATER} offsets left, and nobody reads them`,
          // No commit at all counts in full, and a member that reads without committing proves nothing.
          `fresh: ${50 + WRITTEN_LATER} offsets left`,
          'overslept: payments/0: 3 offsets below the log start 5 were never read',
          // Two partitions without a commit: only what came after preflight counts.
          `tail: ${WRITTEN_LATER} offsets left, and nobody reads them`,
        ])
          assert.ok(said.includes(sentence), `${sentence}\n${said}`);
        assert.doesNotMatch(said, /dead|flink|probe|metrics|scratch/);
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'holds', fault: 'groups are put right by hand, and one is waived' },
      'each group is released when it is put right or waived, and one that starts at latest without a commit on what was there before',
      async () => {
        const { eyes, operator } = service;
        const [fresh] = readers;
        assert.ok(fresh);
        await commit('tail', 'orders', 1, await endOf('orders', 1));
        await eyes.commitAtEnds(BLUE, 'billing', 'orders');
        for (const group of ['ahead', 'overslept']) await eyes.commitAtEnds(BLUE, group, 'payments');
        const ends = await eyes.admin(BLUE, admin => admin.fetchTopicOffsets('orders'));
        await fresh.commitOffsets(ends.map(({ partition, high }) => ({ topic: 'orders', partition, offset: high })));
        await operator.tell('waive', { group: 'forgotten', reason: 'its owner deleted it' });
        await operator.untilStep('awaitReadersGone', WITHIN_MS);
        const committed = await eyes.admin(BLUE, admin => admin.fetchOffsets({ groupId: 'tail', topics: ['orders'] }));
        const never = committed.flatMap(t => t.partitions).find(p => p.partition === 2);
        assert.equal(never?.offset, '-1');
        await stopReaders();
        await startReader(GREEN, 'fresh', true);
      },
    ),
  );

  test(
    ...guarantee(
      {
        promise: 'deletion',
        fault: 'a topic that is written to the end, records that nobody read, groups that never read on',
      },
      'blue is deleted by a ledger that has every row of the groups that move, and who excused the others and why',
      async context => {
        const { holds, local, operator } = service;
        const { phases } = await operator.until(
          'the deletion waits for its approval',
          s => s.waitingFor?.kind === 'gate' && s.waitingFor.gate === 'decommission',
          WITHIN_MS,
        );
        const release = phases.find(p => p.phase === 'release');
        assert.match(release?.detail ?? '', /3 offsets of payments\/0 were lost to overslept/);
        await metricsFlow();
        await stopReaders();
        const report = await service.replaceBlue();
        assert.deepEqual(
          report.waivers.map(w => [w.kind, w.name, w.by, w.reason]),
          [['group', 'forgotten', 'grace', 'its owner deleted it']],
        );
        const ref = report.evidence['ledger'];
        assert.ok(ref);
        const { ledger } = await kept(join(local.directory, 'evidence'), ref);
        assert.deepEqual(ledger.excused, [
          { group: 'dead', why: 'abandoned: its service is gone', by: 'eve' },
          { group: 'flink', why: 'external: keeps its own offsets', by: 'eve' },
          { group: 'forgotten', why: 'abandoned: its owner deleted it', by: 'grace' },
          { group: 'probe-1', why: 'ephemeral', by: '-' },
        ]);
        assert.deepEqual(
          ledger.sealed.map(s => s.group),
          ['ahead', 'billing', 'fresh', 'ledger', 'overslept', 'tail', 'warehouse'],
        );
        const rows = ledger.sealed.flatMap(s => s.rows);
        assert.deepEqual(
          [report.ledger?.groups, report.ledger?.rows, report.ledger?.drained],
          [7, rows.length, rows.length],
        );
        assert.deepEqual(
          rows.filter(row => row.topic === 'metrics' || row.topic === 'scratch'),
          [],
        );
        const unread = rows.find(row => row.group === 'tail' && row.topic === 'orders' && row.partition === 2);
        assert.ok(unread && unread.frozenEnd !== '0', 'there were records before preflight');
        assert.deepEqual(unread.state, { kind: 'drained', committed: unread.frozenEnd, tail: '0' });
        context.diagnostic(`${holds.met} holds, ${rows.length} rows`);
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'nothingLost', fault: 'every disposition, and every state of a group, in one run' },
      'through a deployment with every disposition the applications lost, doubled and reordered nothing',
      async () => {
        await service.traffic.assertClean();
      },
    ),
  );
});

function kept(directory: string, ref: EvidenceRef): Promise<LedgerEvidence> {
  return getJson<LedgerEvidence>(openEvidenceStore(`file:${directory}`), ref);
}
