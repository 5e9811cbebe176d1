import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatSignpost, type Signpost, txtValue } from 'kafka-bluegreen-switching/signpost';
import type { RunFound } from '../../activities/dependencies.ts';
import type { RecordsNow } from '../../activities/read-records.ts';
import { findUnfinished, type Scene, standOf, unfinishedProblems } from '../../activities/unfinished.ts';
import type { StackFacts } from '../../aws/stack-describe.ts';

const ID = '7a98e5b339a7';
const RUN = '01a1fe7c-88a4-7bcd-80ed-7a98e5b339a7';
const terminated: RunFound = {
  kind: 'closed',
  workflowId: 'kafka-bluegreen-orders',
  runId: RUN,
  status: 'TERMINATED',
  otherRun: null,
};

const steady: Signpost = {
  epoch: 7n,
  by: ID,
  write: { kind: 'cluster', id: 'BLUE' },
  read: 'BLUE',
  drain: null,
  addresses: new Map([
    ['BLUE', 'blue.elb:9092'],
    ['GREEN', 'green.elb:9092'],
  ]),
};
const flipped: Signpost = { ...steady, write: { kind: 'cluster', id: 'GREEN' } };
const readersMoved: Signpost = { ...flipped, read: 'GREEN', drain: 'BLUE' };
const held: Signpost = { ...steady, write: { kind: 'hold' } };

function recordsWith(signpost: Signpost | null): RecordsNow {
  const cname = {
    Name: 'kafka.example.com',
    Type: 'CNAME' as const,
    TTL: 5,
    ResourceRecords: [{ Value: 'green.elb' }],
  };
  return {
    record: { kind: 'cname', host: 'green.elb', ttlSeconds: 5, set: cname },
    readRecord: null,
    signpost:
      signpost === null
        ? { kind: 'absent' }
        : {
            kind: 'signpost',
            signpost,
            set: {
              Name: '_bluegreen.kafka.example.com',
              Type: 'TXT',
              TTL: 5,
              ResourceRecords: [{ Value: txtValue(formatSignpost(signpost)) }],
            },
          },
  };
}

const green: StackFacts = {
  stackId: 'arn',
  name: 'kafka-orders-b',
  status: 'CREATE_COMPLETE',
  deployment: ID,
  parameters: {},
  outputs: {},
  terminationProtected: false,
};

function scene(signpost: Signpost | null, o: Partial<Scene> = {}): Scene {
  return {
    record: 'kafka.example.com',
    zoneId: 'Z1',
    records: recordsWith(signpost),
    green,
    topics: [],
    bootstrap: 'blue.elb:9092',
    ...o,
  };
}

/** The commands of a remedy, as a person would copy them. */
const commandsIn = (remedy: string) => remedy.split('\n').filter(line => /^(temporal|aws|kafka-configs)/.test(line));

describe('what an unfinished deployment left', () => {
  test('is told once with what to do, and everything else points there', () => {
    const problems = unfinishedProblems(
      { id: ID, run: terminated },
      scene(flipped, {
        topics: [
          { kind: 'fence', topic: 'orders', key: 'max.message.bytes', value: '1' },
          { kind: 'fence', topic: 'payments', key: 'max.message.bytes', value: '1' },
          { kind: 'fence', topic: 'late', key: 'max.message.bytes', value: '78' },
          { kind: 'perhaps-keep', topic: 'orders' },
        ],
      }),
    );
    assert.deepEqual(
      problems.map(p => p.on),
      [
        'signpost _bluegreen.kafka.example.com',
        'stack kafka-orders-b',
        'topics orders, payments',
        'topic late',
        'topic orders',
      ],
    );
    const [signpost, stack, fence, looser, keep] = problems.map(p => p.problem);
    assert.match(
      signpost ?? '',
      new RegExp(`deployment ${ID}, whose run ${RUN} ended TERMINATED: writers are on green`),
    );
    assert.match(signpost ?? '', /epoch 7; TTL now 5 s/);
    assert.match(stack ?? '', /holds records that are nowhere else/);
    assert.match(fence ?? '', /max\.message\.bytes=1\b/);
    assert.match(looser ?? '', /max\.message\.bytes=78/);
    assert.match(keep ?? '', /retention\.ms=-1, retention\.bytes=-1/);
    for (const { remedy } of problems.slice(1))
      assert.equal(
        remedy,
        `It belongs to what is left of deployment ${ID}: do what is said at signpost _bluegreen.kafka.example.com.`,
      );
  });

  const reset = `temporal workflow reset --workflow-id kafka-bluegreen-orders --run-id ${RUN} --type LastWorkflowTask --reason "go on"`;
  const rollback = `temporal workflow update execute --workflow-id kafka-bluegreen-orders --name rollback --input '{"by": "YOU", "reason": "terminated"}'`;
  const result = 'temporal workflow result --workflow-id kafka-bluegreen-orders';
  const ways: readonly (readonly [where: string, signpost: Signpost | null, commands: readonly string[]])[] = [
    ['before its announcement', null, [reset, rollback, result]],
    ['before the flip', steady, [reset, rollback, result]],
    ['after the flip', flipped, [reset, rollback, result]],
    ['once readers have moved, where no way leads back', readersMoved, [reset, result]],
    ['in a rollback, which goes on by itself', held, [reset, result]],
  ];
  for (const [where, signpost, commands] of ways)
    test(`terminated ${where}, is brought to its end by its own run`, () => {
      const [first] = unfinishedProblems({ id: ID, run: terminated }, scene(signpost));
      assert.deepEqual(commandsIn(first?.remedy ?? ''), commands);
    });

  test('says to wait while another run of that id is open, which a reset would end', () => {
    const [first] = unfinishedProblems({ id: ID, run: { ...terminated, otherRun: 'another-run' } }, scene(flipped));
    assert.match(first?.remedy ?? '', /^Wait until run another-run of kafka-bluegreen-orders has ended/);
  });

  test('is left alone while its run is still going, or could not be looked for', () => {
    const going: RunFound = { kind: 'running', workflowId: 'kafka-bluegreen-orders', runId: RUN };
    const unknown: RunFound = { kind: 'unknown', reason: 'no permission' };
    for (const run of [going, unknown]) {
      const remedies = unfinishedProblems({ id: ID, run }, scene(flipped)).map(p => p.remedy);
      assert.ok(remedies.every(remedy => !/reset|delete-stack|change-batch/.test(remedy)));
    }
  });

  test('without its run goes back to blue by hand: configs, then record and signpost in one batch; green stays', () => {
    const [first] = unfinishedProblems(
      { id: ID, run: { kind: 'absent' } },
      scene(flipped, {
        topics: [
          { kind: 'fence', topic: 'orders', key: 'max.message.bytes', value: '1' },
          { kind: 'perhaps-keep', topic: 'orders' },
        ],
      }),
    );
    const [configs, batch, ...more] = commandsIn(first?.remedy ?? '');
    assert.equal(
      configs,
      'kafka-configs.sh --bootstrap-server blue.elb:9092 --alter --entity-type topics --entity-name orders --delete-config max.message.bytes,retention.ms,retention.bytes',
    );
    assert.deepEqual(more, []);
    const sets = changesOf(batch);
    assert.deepEqual(
      sets.map(([action, , value]) => [action, value]),
      [
        ['DELETE', txtValue(formatSignpost(flipped))],
        ['CREATE', sets[1]?.[2]],
        ['DELETE', 'green.elb'],
        ['CREATE', 'blue.elb'],
      ],
    );
    assert.match(sets[1]?.[2] ?? '', /^"v=1 epoch=\d{9,} by=- write=BLUE read=BLUE drain=- BLUE=blue\.elb:9092"$/);
    assert.match(first?.remedy ?? '', /^Delete nothing/);
  });

  test('without its run is undone by hand before the flip, green included', () => {
    const [first] = unfinishedProblems({ id: ID, run: { kind: 'absent' } }, scene(steady));
    const [batch, deletion] = commandsIn(first?.remedy ?? '');
    assert.deepEqual(
      changesOf(batch).map(([action, type]) => [action, type]),
      [
        ['DELETE', 'TXT'],
        ['CREATE', 'TXT'],
      ],
    );
    assert.equal(deletion, 'aws cloudformation delete-stack --stack-name kafka-orders-b');
  });

  test('without its run stays on green once readers are there, and nothing is deleted', () => {
    const [first] = unfinishedProblems({ id: ID, run: { kind: 'absent' } }, scene(readersMoved));
    const commands = commandsIn(first?.remedy ?? '');
    assert.equal(commands.length, 1);
    assert.match(changesOf(commands[0])[1]?.[2] ?? '', /by=- write=GREEN read=GREEN drain=- GREEN=green\.elb:9092/);
  });

  function changesOf(command: string | undefined): [action: string, type: string, value: string][] {
    const json = /--change-batch '(.*)'$/.exec(command ?? '')?.[1] ?? '{"Changes":[]}';
    const { Changes } = JSON.parse(json) as {
      Changes: { Action: string; ResourceRecordSet: { Type: string; ResourceRecords: [{ Value: string }] } }[];
    };
    return Changes.map(c => [c.Action, c.ResourceRecordSet.Type, c.ResourceRecordSet.ResourceRecords[0].Value]);
  }
});

describe('an unfinished deployment', () => {
  const find = (run: RunFound, o: { signpost?: Signpost | null; green?: StackFacts | null; id?: string }) =>
    findUnfinished(
      { findRun: async () => run },
      {
        id: o.id ?? 'anotherrunid',
        cluster: 'orders',
        records: recordsWith(o.signpost ?? null),
        green: o.green ?? null,
      },
    );

  test("is the signpost's, whatever became of its run", async () => {
    for (const run of [terminated, { kind: 'absent' as const }, { kind: 'unknown' as const, reason: 'x' }])
      assert.deepEqual(await find(run, { signpost: flipped }), { id: ID, run });
    assert.equal(await find(terminated, { signpost: flipped, id: ID }), null, 'not the one that asks');
    assert.equal(await find(terminated, { signpost: { ...steady, by: null } }), null, 'not where all is steady');
  });

  test("is the maker of green's stack only where its run was ended from outside or goes on", async () => {
    assert.deepEqual(await find(terminated, { green }), { id: ID, run: terminated });
    for (const status of ['COMPLETED', 'FAILED', 'CANCELLED'])
      assert.equal(await find({ ...terminated, status }, { green }), null);
    assert.equal(await find({ kind: 'absent' }, { green }), null);
    assert.equal(await find(terminated, { green: { ...green, deployment: null } }), null);
  });

  test('stands where its signpost says', () => {
    assert.deepEqual(
      [null, steady, flipped, readersMoved, held].map(s => standOf(s)),
      ['not-announced', 'before-flip', 'flipped', 'readers-moved', 'held'],
    );
  });
});
