/**
 * From the flip on a run holds where it is in doubt. One run under the traffic of library clients meets trouble after trouble, says
 * each by name and with what to do, goes on from there, and loses, doubles and reorders nothing.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Consumer } from 'kafkajs';
import type { Report } from '../../contract/report.ts';
import { type LocalStack, startLocal } from '../../local/stack.ts';
import { until } from '../../local/until.ts';
import { guarantee } from '../support/guarantee.ts';
import { asOneStory } from '../support/one-story.ts';
import { assertStoredOnce, storedValues } from '../support/stored-values.ts';
import { AuditedTraffic } from './audited.ts';
import { addressOf, BLUE, bringUpBlue, GREEN, Operator, RECORD, request } from './deployment.ts';
import { Eyes } from './eyes.ts';
import { Holds } from './holds.ts';
import { Straggler } from './straggler.ts';
import { brokersOf, Evidence, killBroker, laterEpoch, overwriteRecord, switchInstance } from './trouble.ts';

const READ_RECORD = 'kafka-read.orders.example.com';
/** Events that a resume may cost when nothing was mended: the message, and the step that was tried once more. */
const MOST_EVENTS_IN_VAIN = 16;

describe('after the flip', () => {
  asOneStory();
  let local: LocalStack;
  let operator: Operator;
  let eyes: Eyes;
  let holds: Holds;
  let traffic: AuditedTraffic;
  let evidence: Evidence;
  let report: Report;
  let stragglers: readonly Straggler[] = [];
  const readers = new Set<Consumer>();
  before(async () => {
    local = await startLocal();
    eyes = new Eyes(local);
    evidence = new Evidence(local);
    const { bootstrap } = await bringUpBlue(local);
    await local.pointRecord(READ_RECORD, bootstrap.split(':')[0] ?? '', 3);
    await eyes.createTopic(BLUE, 'scratch');
    await eyes.write(BLUE, 'scratch', 5);
    await eyes.commitAtEnds(BLUE, 'archive', 'payments', 3);
    await eyes.commitAtEnds(BLUE, 'reports', 'payments', 3);
    await eyes.commitAtEnds(BLUE, 'reports', 'scratch');
    traffic = await AuditedTraffic.start(local);
    await local.startWorker();
    operator = await Operator.connect(local);
    holds = new Holds(operator, local);
    await operator.start({
      ...request,
      readRecord: READ_RECORD,
      groups: [{ match: '*', disposition: 'move' }],
      settle: { ...request.settle, deadline: '14s' },
      drain: { ...request.drain, deadline: '8s' },
    });
    await operator.until('the run waits for flip', s => s.waitingFor?.kind === 'gate');
    await traffic.observe(GREEN);
    await operator.approve('flip');
    stragglers = [
      await Straggler.start(await eyes.kafka(BLUE, 'acks-1'), 'orders', { acks: 1 }),
      await Straggler.start(await eyes.kafka(BLUE, 'acks-0'), 'orders', { acks: 0 }),
      await Straggler.start(await eyes.kafka(BLUE, 'script'), 'orders', { reconnects: true }),
    ];
    await operator.until('writers are waited for', s => s.phase === 'settle');
  });
  after(async () => {
    await stopReaders();
    await Promise.all(stragglers.map(straggler => straggler.stop()));
    await operator?.close();
    await traffic?.stop();
    eyes?.close();
    await local?.stop();
  });

  /** Starts a plain client of the group, which reads from where the group stands on this cluster. */
  async function startReader(stack: string, groupId: string): Promise<void> {
    const reader = (await eyes.kafka(stack, groupId)).consumer({ groupId });
    readers.add(reader);
    await reader.connect();
    await reader.subscribe({ topics: ['payments'], fromBeginning: true });
    await reader.run({ eachMessage: async () => undefined });
  }

  async function stopReaders(): Promise<void> {
    await Promise.all([...readers].map(reader => reader.disconnect()));
    readers.clear();
  }

  const attention = async () => (await operator.status()).attention.join('\n');
  const eventually = (what: string, look: () => Promise<boolean>) => until(what, look, { withinMs: 60_000 });

  test(
    ...guarantee(
      {
        promise: 'holds',
        fault: 'producers that keep writing to blue: acks 0, acks 1, a new connection for every record',
      },
      'stragglers are shown by topic and rate while blue is open, and hold when they do not end',
      async () => {
        await eventually('the stragglers are shown', async () =>
          /Still written on blue: orders \([\d.]+\/s\)\. Restart these producers now/.test(await attention()),
        );
        assert.match(
          await holds.next(),
          /^Blue was still written after 14s: orders \([\d.]+\/s\)\. Restart their producers, then resume; or waive each topic as a straggler/,
        );
        for (const straggler of stragglers) assert.equal(straggler.refused, 0, 'blue is open to them');
      },
    ),
  );

  test(
    ...guarantee(
      {
        promise: 'nothingLost',
        fault: 'a producer that creates a topic on blue and writes to it; a resume that comes while nothing was mended',
      },
      'a topic that appears on blue holds before the stragglers, again when it is still there, and goes to green whole as the sentence says',
      async () => {
        await eyes.createTopic(BLUE, 'late');
        const newcomer = await Straggler.start(await eyes.kafka(BLUE, 'newcomer'), 'late');
        stragglers = [...stragglers, newcomer];
        await holds.resume();
        const sentence = await holds.next();
        assert.match(
          sentence,
          /^Topics were created on blue after preflight: late\. Whoever writes them still uses blue: move their records to green, delete them from blue, then resume; or roll back\.$/,
        );
        const events = async () => (await operator.handle.describe()).historyLength;
        const earlier = await events();
        await holds.resume();
        assert.equal(await holds.next(), sentence);
        const cost = (await events()) - earlier;
        assert.ok(cost <= MOST_EVENTS_IN_VAIN, `${cost} events`);
        await newcomer.stop();
        const onBlue = await storedValues(await addressOf(local, await eyes.bootstrap(BLUE)), 'late');
        await eyes.createTopic(GREEN, 'late');
        const messages = [...onBlue.keys()].map(value => ({ value }));
        await eyes.producing(GREEN, producer => producer.send({ topic: 'late', messages }));
        await eyes.admin(BLUE, admin => admin.deleteTopics({ topics: ['late'] }));
        const onGreen = await storedValues(await addressOf(local, await eyes.bootstrap(GREEN)), 'late');
        assertStoredOnce(onGreen, newcomer.acknowledged);
        await eventually('blue has forgotten the topic', async () => !('late' in (await eyes.topicConfigs(BLUE))));
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'holds', fault: 'partitions added on blue, and a topic config changed by hand' },
      'what somebody changed on blue after the flip holds the freeze: for each the remedy stands in the sentence and works',
      async () => {
        await eyes.admin(BLUE, admin => admin.createPartitions({ topicPartitions: [{ topic: 'payments', count: 3 }] }));
        await eyes.setTopicConfig(BLUE, 'payments', 'max.message.bytes', '2000000');
        await operator.tell('waive', { straggler: 'orders', reason: 'their owners cannot be reached' });
        const added = await holds.next();
        assert.match(added, /^Partitions were added on blue after the flip: payments has 3 on blue and 2 on green\./);
        const [, command = ''] = /kafka-topics\.sh (.*?);/.exec(added) ?? [];
        const tool = await local.runKafkaTool('4.3.1', 'org.apache.kafka.tools.TopicCommand', command.split(' '));
        assert.equal(tool.code, 0, tool.stderr);
        await holds.resumeAsShown();
        assert.match(
          await holds.next(),
          /^Topic configs of blue were changed by somebody else: payments max\.message\.bytes is 2000000, expected .*Put them back, then resume\.$/,
        );
        assert.equal((await eyes.topicConfigs(BLUE))['payments']?.['max.message.bytes'], '2000000');
        await eyes.setTopicConfig(BLUE, 'payments', 'max.message.bytes', null);
        await holds.resume();
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'nothingLost', fault: 'producers that write on while blue is fenced' },
      'under the fence every straggler is refused, and what was acknowledged to it before is among what must be read',
      async () => {
        await operator.until('the groups are waited for', s => s.phase === 'drain');
        const [one, , script] = stragglers;
        await eventually(
          'those that ask are refused',
          async () => (one?.refused ?? 0) > 0 && (script?.refused ?? 0) > 0,
        );
        await Promise.all(stragglers.map(straggler => straggler.stop()));
        const stored = await storedValues(await addressOf(local, await eyes.bootstrap(BLUE)), 'orders');
        for (const straggler of [one, script]) assertStoredOnce(stored, straggler?.acknowledged ?? []);
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'holds', fault: 'groups that stopped' },
      'groups without members are named as never finishing, hold the drain past its deadline, and one that catches up is released',
      async () => {
        await eventually('the groups are named', async () =>
          /Will not drain by itself: .*billing \(it has no members; start it, or waive it\)/.test(await attention()),
        );
        const reason = await holds.nextLike(/^Not every group had read blue to its frozen ends after 8s: /);
        assert.match(reason, /billing: \d+ offsets left, and nobody reads them/);
        assert.match(reason, /archive: 3 offsets left/);
        assert.match(reason, /Start or speed up their consumers on blue, then resume; or waive them\.$/);
        await eyes.commitAtEnds(BLUE, 'billing', 'orders');
        await eyes.commitAtEnds(BLUE, 'billing', 'payments');
        await holds.resume();
        await operator.until('the first groups are released', s => s.phase === 'release');
        await assert.rejects(operator.tell('rollback', {}), ({ cause }: Error) =>
          /first group was already released/.test(String(cause)),
        );
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'holds', fault: 'a plain group that is restarted onto green while its records are on blue' },
      'a group that joins green too early is named with where to start it, seeded again once it left, and what it read is counted',
      async () => {
        await eyes.write(GREEN, 'payments', 5);
        await startReader(GREEN, 'archive');
        assert.match(
          await holds.nextLike(/^Groups are on green/),
          new RegExp(
            `^Groups are on green before they were released from blue: archive \\((1 member|members).*\\)\\. Stop them there, start them on ${READ_RECORD}, which still leads to blue, and resume:`,
          ),
        );
        await eventually('it has read there', async () => (await committed(GREEN, 'archive')) >= 5);
        await stopReaders();
        await holds.resume();
        await eventually('it is seeded again', async () => (await committed(GREEN, 'archive')) === 0);
      },
    ),
  );

  /** Sum of what the group has committed on payments. */
  async function committed(stack: string, groupId: string): Promise<number> {
    const [found] = await eyes.admin(stack, admin => admin.fetchOffsets({ groupId, topics: ['payments'] }));
    return (found?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
  }

  test(
    ...guarantee(
      { promise: 'nothingLost', fault: 'somebody opens the fence of blue, and writes' },
      'an opened fence holds at the next sweep; resumed, blue is fenced and frozen again, and what was written is read',
      async () => {
        await eyes.setTopicConfig(BLUE, 'payments', 'max.message.bytes', null);
        await eyes.write(BLUE, 'payments', 2);
        assert.match(
          await holds.nextLike(/fence/),
          /^(Somebody changed max\.message\.bytes, which fences blue: payments has no override instead of 1|Blue was changed under the fence: payments\/\d: frozen at \d+, now seen at \d+)\. .*then resume, and .*(read again; or roll back|Groups that were released .* start a plain consumer of each .*; or waive it)\.$/,
        );
        await holds.resume();
        await eventually(
          'blue is fenced',
          async () => (await eyes.topicConfigs(BLUE))['payments']?.['max.message.bytes'] === '1',
        );
        await assert.rejects(eyes.write(BLUE, 'payments', 1), { type: 'MESSAGE_TOO_LARGE' });
        assert.match(await holds.nextLike(/billing/), /billing: 2 offsets left/);
        await eyes.commitAtEnds(BLUE, 'billing', 'payments');
        await holds.resume();
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'holds', fault: 'a broker of blue is killed while groups read there' },
      'a broker of blue that dies and comes back holds nothing up: a group that is started reads on, and is released',
      async () => {
        const [first = ''] = await brokersOf(eyes, BLUE);
        await killBroker(local, first);
        await startReader(BLUE, 'archive');
        const reason = await holds.nextLike(/^Not every group(?!.*archive)/);
        assert.match(reason, /: reports: \d+ offsets left, and nobody reads them\. /);
        await stopReaders();
        await traffic.flows();
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'holds', fault: 'a topic deleted from blue, and a piece of evidence altered' },
      'a deleted topic holds until it is waived, and altered evidence until it is as it was',
      async () => {
        await eyes.admin(BLUE, admin => admin.deleteTopics({ topics: ['scratch'] }));
        await holds.resume();
        assert.match(
          await holds.next(),
          /^scratch: deleted from blue after preflight, with whatever nobody had read there yet\. .*waive each as a topic/,
        );
        const frozen = (await operator.status()).phases.find(p => p.phase === 'freeze')?.evidence?.sha256 ?? '';
        const originals = (await operator.status()).phases.find(p => p.phase === 'flip')?.evidence?.sha256 ?? '';
        assert.notEqual(frozen, originals);
        const restore = await evidence.alter(originals);
        await operator.tell('waive', { topic: 'scratch', reason: 'its owner deleted it' });
        assert.match(await holds.next(), /[Ee]vidence/);
        await restore();
        await holds.resume();
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'holds', fault: 'record and signpost changed by somebody else, both at once' },
      'what somebody wrote over record and signpost is never overwritten: each holds the release until it is put back',
      async () => {
        const record = await eyes.record();
        const signpost = await eyes.signpostSet();
        assert.ok(signpost);
        const foreign = laterEpoch(signpost);
        await overwriteRecord(eyes, local, signpost, foreign);
        await overwriteRecord(eyes, local, record, { ...record, TTL: 300 });
        await operator.tell('waive', { group: 'reports', reason: 'nobody reads them' });
        const said = await holds.nextLike(/signpost/);
        assert.match(
          said,
          /was changed by somebody else: it has epoch \d+ by [0-9a-f]{12}, where this run wrote epoch \d+ .*\. See who did it\. Put it back as /,
        );
        const [, value = ''] = /as TXT (".*"), then resume\.$/.exec(said) ?? [];
        assert.deepEqual(await eyes.signpostSet(), foreign, 'it is not written over');
        await overwriteRecord(eyes, local, signpost, { ...signpost, ResourceRecords: [{ Value: value }] });
        assert.deepEqual(await eyes.signpostSet(), signpost, 'the sentence says exactly what was there');
        await holds.resume();
        assert.match(
          await holds.next(),
          /^The record kafka\.orders\.example\.com was changed by somebody else: expected CNAME .*\(TTL 1\), found CNAME .*\(TTL 300\)\. .*put it back as expected, then resume\.$/,
        );
        assert.equal((await eyes.record()).TTL, 300);
        await overwriteRecord(eyes, local, record, record);
        await holds.resume();
        await startReader(GREEN, 'archive');
        await operator.until(
          'the deletion waits for its approval',
          s => s.phase === 'decommission' && s.waitingFor?.kind === 'gate',
        );
        await stopReaders();
        const release = (await operator.status()).phases.find(p => p.phase === 'release');
        assert.match(
          release?.detail ?? '',
          /read on green before the release, and again after it \(offsets\): archive 5/,
        );
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'deletion', fault: 'no evidence, an opened fence, and a broker of blue switched off' },
      'blue is not deleted while its evidence is away, its fence is open, or one of its brokers does not answer',
      async () => {
        const [greenBroker = ''] = await brokersOf(eyes, GREEN);
        await killBroker(local, greenBroker);
        await traffic.leave(BLUE);
        const [, second = ''] = await brokersOf(eyes, BLUE);
        await switchInstance(eyes, BLUE, second, 'off');
        await evidence.takeAway();
        await eyes.setTopicConfig(BLUE, 'payments', 'max.message.bytes', null);
        await operator.tell('approve', { gate: 'decommission' });
        assert.match(await holds.next(), /[Ee]vidence/);
        await evidence.bringBack();
        await holds.resume();
        assert.match(await holds.next(), /^Partition payments-\d of blue is open, not fenced\. Blue is not deleted;/);
        await eyes.setTopicConfig(BLUE, 'payments', 'max.message.bytes', '1');
        await holds.resume();
        assert.match(
          await holds.next(),
          /^Not every replica of blue was seen at its frozen end: .*Blue is not deleted;/,
        );
        assert.equal(await eyes.stackStatus(BLUE), 'CREATE_COMPLETE');
        await switchInstance(eyes, BLUE, second, 'on');
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'holds', fault: 'the signpost is deleted, the record pointed back, before blue is deleted' },
      'without its signpost or its record blue is not touched until they are put back, and then the run ends as if nothing had happened',
      async () => {
        const signpost = await eyes.signpostSet();
        assert.ok(signpost);
        await overwriteRecord(eyes, local, signpost, null);
        await holds.resume();
        assert.match(
          await holds.nextLike(/signpost/),
          /^The signpost .* was deleted by somebody else\. Put it back as TXT "v=1 .*", then resume\.$/,
        );
        assert.equal(await eyes.stackStatus(BLUE), 'CREATE_COMPLETE');
        await overwriteRecord(eyes, local, signpost, signpost);
        const record = await eyes.record();
        const [host = ''] = (await eyes.bootstrap(BLUE)).split(':');
        await overwriteRecord(eyes, local, record, { ...record, ResourceRecords: [{ Value: host }] });
        await holds.resume();
        assert.match(
          await holds.nextLike(/The record/),
          /^The record kafka\.orders\.example\.com was changed by somebody else: expected CNAME/,
        );
        assert.equal(await eyes.stackStatus(BLUE), 'CREATE_COMPLETE');
        await overwriteRecord(eyes, local, record, record);
        await holds.resume();
        report = await operator.handle.result();
        assert.equal(report.outcome, 'deployed');
        assert.equal(await eyes.stackStatus(BLUE), 'absent');
        const point = await eyes.signpost();
        assert.deepEqual([point?.['by'], point?.['drain']], ['-', '-']);
      },
    ),
  );

  test('the report names who waived what, and whom stragglers wrote to', () => {
    assert.deepEqual(
      report.waivers.map(w => [w.kind, w.name, w.by]),
      [
        ['straggler', 'orders', 'grace'],
        ['topic', 'scratch', 'grace'],
        ['group', 'reports', 'grace'],
      ],
    );
    assert.deepEqual(report.stragglers, ['orders']);
    assert.equal(report.ledger?.rows, report.ledger?.drained);
  });

  test(
    ...guarantee(
      { promise: 'nothingLost', fault: 'all of these troubles in one run' },
      'the applications lost and reordered nothing, wrote nothing twice, and the history stayed small',
      async context => {
        const { lost, reordered, inLogs, groups } = await traffic.verdict();
        assert.deepEqual({ lost, reordered, doubled: inLogs.doubled }, { lost: 0, reordered: 0, doubled: 0 });
        // A group whose coordinator is killed reads again what it had not committed, with any client: never less.
        for (const group of groups) assert.deepEqual([group.complete, group.unexplained], [true, 0], group.group);
        context.diagnostic(`read again when a broker died: ${groups.map(g => `${g.group} ${g.doubled}`).join(', ')}`);
        const { historyLength } = await operator.handle.describe();
        context.diagnostic(`${holds.met} holds, ${historyLength} events`);
        assert.ok(historyLength <= 350 + 24 * holds.met, `${historyLength} events with ${holds.met} holds`);
        assert.match(JSON.stringify(await eyes.record(RECORD)), /"TTL":2/);
      },
    ),
  );
});
