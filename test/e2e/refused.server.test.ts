/**
 * What stands in the way of a deployment is named before anything is made: by the plan, and by a start in one message with everything
 * in it. One blue in service meets every kind of trouble; each is named with what to do, and nothing is left behind.
 */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CreateStackCommand, UpdateTerminationProtectionCommand } from '@aws-sdk/client-cloudformation';
import { DescribeInstancesCommand, StopInstancesCommand } from '@aws-sdk/client-ec2';
import { ChangeResourceRecordSetsCommand } from '@aws-sdk/client-route-53';
import type { Plan } from '../../contract/plan.ts';
import { type LocalStack, startLocal } from '../../local/stack.ts';
import { until } from '../../local/until.ts';
import { guarantee } from '../support/guarantee.ts';
import { BLUE, bringUpBlue, GREEN, Operator, RECORD, request } from './deployment.ts';
import { Eyes } from './eyes.ts';

const ZONE = RECORD.slice(RECORD.indexOf('.') + 1);
const SIGNPOST = `signpost _bluegreen.${RECORD}`;
const NOT_A_CLUSTER = 'kafka-other-z';
/** A broker that does not answer is tried for ten seconds. */
const LONGEST_PLAN_MS = 45_000;

const bareTemplate = (parameters: object) =>
  JSON.stringify({
    Parameters: parameters,
    Resources: { Handle: { Type: 'AWS::CloudFormation::WaitConditionHandle' } },
  });
const green = (change: object) => ({ green: { ...request.green, ...change } });
const parameters = (change: object) => green({ parameters: { ...request.green.parameters, ...change } });

/** What is wrong with the request in this account: its change, where the problem is, what is said, and what to do. */
const wrongHere: readonly (readonly [title: string, change: object, on: string, problem: RegExp, remedy: RegExp])[] = [
  [
    'a record of no zone',
    { record: 'kafka.elsewhere.test' },
    'record kafka.elsewhere.test',
    /No hosted zone/,
    /Check record/,
  ],
  [
    'a record that is not there',
    { record: `absent.${ZONE}` },
    `record absent.${ZONE}`,
    /does not exist/,
    /Create it as a CNAME/,
  ],
  [
    'a record that leads elsewhere',
    { record: `other.${ZONE}` },
    `record other.${ZONE}`,
    /points at elsewhere\.example\.net, not at blue's load balancer/,
    /Name the stack in service as blue\.stack/,
  ],
  [
    'a read record that leads elsewhere',
    { readRecord: `other.${ZONE}` },
    `record other.${ZONE}`,
    /points at elsewhere/,
    /blue\.stack/,
  ],
  [
    'a blue that is not there',
    { blue: { stack: 'kafka-none-a' } },
    'stack kafka-none-a',
    /does not exist/,
    /Check blue\.stack/,
  ],
  [
    'a blue that is no cluster',
    { blue: { stack: NOT_A_CLUSTER } },
    `stack ${NOT_A_CLUSTER}`,
    /has no output BootstrapServers/,
    /blue\.stack/,
  ],
  [
    'a green whose name is taken',
    green({ stack: NOT_A_CLUSTER }),
    `stack ${NOT_A_CLUSTER}`,
    /exists already \(CREATE_COMPLETE\)/,
    /aws cloudformation delete-stack --stack-name kafka-other-z$/,
  ],
  [
    "a green on blue's chroot",
    parameters({ KafkaVersion: '3.9.2', MetadataMode: 'zookeeper' }),
    'green.parameters.ZooKeeperConnect',
    /which is blue's own/,
    /Give green its own/,
  ],
  [
    'a cluster id of its own',
    parameters({ ClusterId: 'abc' }),
    'green.parameters.ClusterId',
    /is set by the deployment/,
    /Leave it out/,
  ],
  [
    "blue's suffix",
    parameters({ Suffix: 'a' }),
    'green.parameters.Suffix',
    /last part of the stack's name/,
    /Leave it out/,
  ],
  [
    'a misspelt parameter',
    parameters({ KafkaVersoin: '4.3.1' }),
    'green.parameters.KafkaVersoin',
    /not a parameter/,
    /Did you mean KafkaVersion\?/,
  ],
  [
    'a secret in plain text',
    {
      green: {
        stack: GREEN,
        templateBody: bareTemplate({ Password: { Type: 'String', NoEcho: true } }),
        parameters: { Password: 'hunter2' },
      },
    },
    'green.parameters.Password',
    /secret \(NoEcho\) given as plain text/,
    /Name it in green\.parameters: \{"Password": "env:VARIABLE"\}/,
  ],
  [
    'history that is kept for ever',
    { topics: [{ match: 'for-ever', disposition: 'drain', historyKept: true, by: 'ada', reason: 'a test' }] },
    'topic for-ever',
    /keeps its history for ever/,
    /give the topic a retention/,
  ],
];

describe('a deployment that cannot be', () => {
  let local: LocalStack;
  let operator: Operator;
  let eyes: Eyes;
  before(async () => {
    local = await startLocal();
    eyes = new Eyes(local);
    await bringUpBlue(local);
    await local.pointRecord(`other.${ZONE}`, 'elsewhere.example.net', 60);
    await eyes.aws.cloudFormation.send(
      new CreateStackCommand({ StackName: NOT_A_CLUSTER, TemplateBody: bareTemplate({}) }),
    );
    await until('the other stack is there', async () => (await eyes.stackStatus(NOT_A_CLUSTER)) === 'CREATE_COMPLETE', {
      withinMs: 60_000,
    });
    operator = await Operator.connect(local);
  });
  after(async () => {
    await operator?.close();
    eyes?.close();
    await local?.stop();
  });

  async function asNow(): Promise<object> {
    return {
      green: await eyes.stackStatus(GREEN),
      signpost: await eyes.signpost(),
      record: await eyes.record(),
      configs: await eyes.topicConfigs(BLUE),
    };
  }

  function problemOn(plan: Plan, on: string) {
    const found = plan.problems.find(p => p.on === on);
    assert.ok(found !== undefined, `no problem on ${on}: ${JSON.stringify(plan.problems)}`);
    return found;
  }

  const tool = async (mainClass: string, ...args: string[]) => {
    const { code, stderr } = await local.runKafkaTool('3.9.2', mainClass, [
      '--bootstrap-server',
      await eyes.bootstrap(BLUE),
      ...args,
    ]);
    assert.equal(code, 0, stderr);
  };
  const configs = (...args: string[]) => tool('kafka.admin.ConfigCommand', '--alter', ...args);

  async function deleteTopic(topic: string): Promise<void> {
    await eyes.admin(BLUE, admin => admin.deleteTopics({ topics: [topic] }));
    await until(`blue has forgotten ${topic}`, async () => !(topic in (await eyes.topicConfigs(BLUE))), {
      withinMs: 60_000,
    });
  }

  async function changeSignpost(action: 'CREATE' | 'DELETE', text: string): Promise<void> {
    const set = {
      Name: `_bluegreen.${RECORD}`,
      Type: 'TXT' as const,
      TTL: 1,
      ResourceRecords: [{ Value: `"${text}"` }],
    };
    await eyes.aws.route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: local.zone.id,
        ChangeBatch: { Changes: [{ Action: action, ResourceRecordSet: set }] },
      }),
    );
  }

  test('for want of a place for its evidence names the worker setting', async () => {
    await mkdir(join(local.directory, 'taken'), { recursive: true });
    await writeFile(join(local.directory, 'taken/evidence'), 'a file, no folder');
    const worker = await local.startWorker({
      KAFKA_BLUEGREEN_EVIDENCE: `file:${join(local.directory, 'taken/evidence')}`,
    });
    assert.match(problemOn(await operator.plan(request), 'evidence store').remedy, /KAFKA_BLUEGREEN_EVIDENCE/);
    worker.kill('SIGKILL');
    await worker.exited;
    await local.startWorker();
    assert.deepEqual((await operator.plan(request)).problems, []);
  });

  test('is told whatever is wrong with its request in this account, by name and with what to do', async () => {
    await eyes.admin(BLUE, admin =>
      admin.createTopics({
        waitForLeaders: true,
        topics: [{ topic: 'for-ever', configEntries: [{ name: 'retention.ms', value: '-1' }] }],
      }),
    );
    try {
      const found = await asNow();
      for (const [title, change, on, problem, remedy] of wrongHere) {
        const said = problemOn(await operator.plan({ ...request, ...change }), on);
        assert.match(said.problem, problem, title);
        assert.match(said.remedy, remedy, title);
      }
      assert.deepEqual(await asNow(), found);
    } finally {
      await deleteTopic('for-ever');
    }
  });

  test(
    ...guarantee(
      { promise: 'refused', fault: 'many things are wrong at once' },
      'fails with one message that names everything with its remedy, and nothing was made or changed',
      async () => {
        await eyes.setTopicConfig(BLUE, 'payments', 'max.message.bytes', '1');
        await changeSignpost('CREATE', 'v=1 epoch=seven');
        try {
          const found = await asNow();
          const input = {
            ...request,
            readRecord: `other.${ZONE}`,
            green: { stack: NOT_A_CLUSTER, parameters: { Suffix: 'a', KafkaVersoin: '4.3.1' } },
          };
          const { problems } = await operator.plan(input);
          const wanted = [
            `stack ${NOT_A_CLUSTER}`,
            'green.parameters.KafkaVersoin',
            'green.parameters.Suffix',
            `record other.${ZONE}`,
            SIGNPOST,
            'topic payments',
          ];
          const on = new Set(problems.map(p => p.on));
          assert.deepEqual(
            wanted.filter(name => !on.has(name)),
            [],
            JSON.stringify(problems),
          );
          await operator.start(input);
          const { type, message } = await operator.failure();
          assert.equal(type, 'PreflightRefused');
          assert.match(
            message,
            new RegExp(`^Nothing was created or changed\\. ${problems.length} problems stand in the way:`),
          );
          for (const p of problems) assert.ok(message.includes(`- ${p.on}: ${p.problem} ${p.remedy}`), p.on);
          assert.deepEqual(await asNow(), found);
        } finally {
          await changeSignpost('DELETE', 'v=1 epoch=seven');
          await eyes.setTopicConfig(BLUE, 'payments', 'max.message.bytes', null);
        }
        assert.deepEqual((await operator.plan(request)).problems, []);
      },
    ),
  );

  test('finds a signpost of a run that Temporal forgot, and prints the way out by hand', async () => {
    const blue = await eyes.bootstrap(BLUE);
    const foreign = `v=1 epoch=7 by=0123456789ab write=A read=A drain=- A=${blue}`;
    await changeSignpost('CREATE', foreign);
    try {
      const { problem, remedy } = problemOn(await operator.plan(request), SIGNPOST);
      assert.match(problem, /^belongs to deployment 0123456789ab, whose run Temporal does not know any more/);
      const batch = /--change-batch '(.*)'$/m.exec(remedy)?.[1] ?? '{}';
      await eyes.aws.route53.send(
        new ChangeResourceRecordSetsCommand({
          HostedZoneId: /--hosted-zone-id (\S+)/.exec(remedy)?.[1] ?? '',
          ChangeBatch: JSON.parse(batch) as { Changes: [] },
        }),
      );
      assert.equal((await eyes.signpost())?.['by'], '-');
      assert.deepEqual((await operator.plan(request)).problems, []);
    } finally {
      const now = await eyes.signpost();
      assert.ok(now !== null);
      await changeSignpost(
        'DELETE',
        Object.entries(now)
          .map(pair => pair.join('='))
          .join(' '),
      );
    }
  });

  test(
    ...guarantee(
      { promise: 'refused', fault: 'topics, groups, users and quotas that nobody answers for' },
      'can be once the printed block is pasted with a name and a reason in it',
      async () => {
        await eyes.createTopic(BLUE, 'audit');
        await eyes.commitAtEnds(BLUE, 'nightly', 'orders', 3);
        await configs('--entity-type', 'users', '--entity-name', 'alice', '--add-config', 'producer_byte_rate=1048576');
        await configs(
          '--entity-type',
          'users',
          '--entity-name',
          'alice',
          '--add-config',
          'SCRAM-SHA-512=[password=secret]',
        );
        const consumer = (await eyes.kafka(BLUE, 'plain')).consumer({ groupId: 'plain-readers' });
        await consumer.connect();
        try {
          await consumer.subscribe({ topics: ['orders'] });
          await consumer.run({ eachMessage: async () => undefined });
          await until(
            'the group has its members',
            async () => {
              const { problems } = await operator.plan(request);
              return problems.some(p => p.on === 'group plain-readers');
            },
            { withinMs: 60_000, everyMs: 1_000 },
          );
          const { paste, problems } = await operator.plan(request);
          assert.deepEqual(
            problems.map(p => p.on).filter(on => !/^(quota|user) /.test(on)),
            ['topic audit', 'group nightly', 'group plain-readers'],
          );
          assert.deepEqual(
            paste?.waive.map(w => w.kind),
            ['group', 'quota', 'user'],
          );
          const pasted = JSON.parse(
            JSON.stringify(paste).replaceAll('<who>', 'ada').replaceAll('<why>', 'a test'),
          ) as NonNullable<Plan['paste']>;
          const clean = await operator.plan({ ...request, ...pasted });
          assert.deepEqual([clean.problems, clean.notes], [[], []]);
        } finally {
          await consumer.disconnect();
          await configs('--entity-type', 'users', '--entity-name', 'alice', '--delete-config', 'producer_byte_rate');
          await configs('--entity-type', 'users', '--entity-name', 'alice', '--delete-config', 'SCRAM-SHA-512');
          await deleteTopic('audit');
          await eyes.admin(BLUE, admin => admin.deleteGroups(['nightly']));
        }
      },
    ),
  );

  test("is warned early of what will hold it late: blue's protection, with the command that lifts it, and rules that match nothing", async () => {
    const protect = (on: boolean) =>
      eyes.aws.cloudFormation.send(
        new UpdateTerminationProtectionCommand({ StackName: BLUE, EnableTerminationProtection: on }),
      );
    await protect(true);
    try {
      const { problems, notes } = await operator.plan({
        ...request,
        topics: [{ match: 'ordres', disposition: 'ambient' }],
      });
      assert.deepEqual(problems, []);
      assert.equal(notes.length, 2);
      assert.match(
        notes[0] ?? '',
        new RegExp(
          `${BLUE} has termination protection: .*aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name ${BLUE}$`,
        ),
      );
      assert.match(notes[1] ?? '', /^topics\[0\] \("ordres"\) matches nothing/);
    } finally {
      await protect(false);
    }
  });

  test('does not begin from a blue that has lost a broker: load balancer, broker and topics are named', async () => {
    const [first] = await instancesOfBlue();
    assert.ok(first !== undefined);
    await eyes.aws.ec2.send(new StopInstancesCommand({ InstanceIds: [first] }));
    let plan: Plan | null = null;
    await until(
      'the plan sees blue with a broker less',
      async () => {
        plan = await operator.plan(request);
        return ['orders', 'payments'].every(topic => plan?.problems.some(p => p.on === `topic ${topic}`));
      },
      { withinMs: 120_000, everyMs: 1_000 },
    );
    assert.ok(plan !== null);
    assert.match(problemOn(plan, `load balancer of ${BLUE}`).remedy, /Mend blue first/);
    assert.match(problemOn(plan, 'topic orders').problem, /out of sync|no answering leader/);
    assert.equal(await eyes.stackStatus(GREEN), 'absent');
  });

  test(
    ...guarantee(
      { promise: 'refused', fault: 'no broker of blue answers' },
      'does not begin from a blue that nobody can meet: one problem says where it was tried and what to do, and it says so soon',
      async () => {
        await eyes.aws.ec2.send(new StopInstancesCommand({ InstanceIds: await instancesOfBlue() }));
        await until(
          'the plan finds nobody',
          async () => {
            const { problems } = await operator.plan(request);
            return problems.some(p => p.on === `cluster ${BLUE}` && p.problem.startsWith('does not answer'));
          },
          { withinMs: 120_000, everyMs: 1_000 },
        );
        const askedAt = performance.now();
        const plan = await operator.plan(request);
        const tookMs = performance.now() - askedAt;
        assert.ok(tookMs < LONGEST_PLAN_MS, `${tookMs} ms`);
        assert.deepEqual(
          plan.problems.map(p => p.on),
          [`load balancer of ${BLUE}`, `cluster ${BLUE}`],
        );
        const { problem, remedy } = problemOn(plan, `cluster ${BLUE}`);
        assert.doesNotMatch(problem, /tried again|start the call over/);
        assert.match(
          problem,
          /^does not answer at \S+:9092, so nothing of it could be looked at: .*(failed|closed|timed out)/,
        );
        assert.match(remedy, /^Start its brokers; .*let the worker reach them .*Then plan again\.$/);
        await operator.start(request);
        const { type, message } = await operator.failure();
        assert.equal(type, 'PreflightRefused');
        assert.match(message, /^Nothing was created or changed\. 2 problems stand in the way:/);
        assert.deepEqual([await eyes.stackStatus(GREEN), await eyes.signpost()], ['absent', null]);
        assert.equal((await eyes.record()).TTL, 2);
      },
    ),
  );

  async function instancesOfBlue(): Promise<string[]> {
    const { Reservations = [] } = await eyes.aws.ec2.send(
      new DescribeInstancesCommand({ Filters: [{ Name: 'tag:aws:cloudformation:stack-name', Values: [BLUE] }] }),
    );
    return Reservations.flatMap(r => r.Instances ?? []).flatMap(({ InstanceId }) => InstanceId ?? []);
  }
});
