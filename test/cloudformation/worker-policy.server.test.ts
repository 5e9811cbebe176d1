/**
 * The worker's policy, enforced: every step that talks to AWS runs with exactly these rights, no right is left unused, and
 * what belongs to somebody else is out of reach.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import {
  CreateStackCommand,
  type CreateStackCommandInput,
  DeleteStackCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { StopInstancesCommand } from '@aws-sdk/client-ec2';
import {
  type ChangeAction,
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  type RRType,
} from '@aws-sdk/client-route-53';
import { signpostName } from 'kafka-bluegreen-switching/signpost';
import { instancesOfStack } from '../../aws/instances.ts';
import { waitForDeletion } from '../../aws/stack-deletion.ts';
import { DEPLOYMENT_TAG } from '../../aws/stack-describe.ts';
import type { Finding } from '../../contract/diagnosis.ts';
import { outcomeOf } from '../activities/aws-outcome.ts';
import { awsActions, awsSteps } from '../activities/aws-steps.ts';
import { type AwsWorld, type AwsWorlds, type Employ, startAwsWorlds } from '../activities/aws-world.ts';
import { outputsOf, policyTemplate, roles, type Values, workerWith } from '../support/worker-rights.ts';

interface Service {
  readonly record: string;
}

/** Employs workers with the policy of their own service, and what `more` adds to its parameters. */
function employing(more: (service: Service) => Values): Employ {
  return async (aws, { request, zoneId }) => {
    const { StackRole = '' } = await outputsOf(aws.observer.cloudFormation, roles);
    const { PolicyArn = '' } = await outputsOf(aws.observer.cloudFormation, policyTemplate, {
      StackNamePrefix: prefixOf(request.blue.stack),
      HostedZoneId: zoneId,
      RecordName: request.record,
      StackRoleArn: StackRole,
      ...more(request),
    });
    const { Worker } = await outputsOf(aws.observer.cloudFormation, workerWith(PolicyArn));
    return { aws: await aws.as(Worker ?? ''), stackRole: StackRole };
  };
}

/** `kafka-orders-` of `kafka-orders-a`. */
function prefixOf(stack: string): string {
  return stack.replace(/[^-]+$/, '');
}

const denial = { name: /^(AccessDenied|UnauthorizedOperation)$/ };

describe("a worker with the policy's rights and no others", () => {
  let worlds: AwsWorlds;
  let more: (service: Service) => Values = () => ({});
  before(async () => {
    worlds = await startAwsWorlds({ environment: { AUTH: 'true' }, employ: employing(service => more(service)) });
  });
  after(() => worlds.stop());
  afterEach(() => {
    more = () => ({});
  });

  test('may do every step of a deployment, forth and back, and has no right that none of them uses', async context => {
    const called = new Set<string>();
    for (const step of awsSteps)
      await context.test(step.name, async () => {
        const outcome = await outcomeOf(worlds, step, []);
        assert.deepEqual(
          outcome.ended.filter(end => /AccessDenied|UnauthorizedOperation/.test(end)),
          [],
        );
        for (const action of outcome.called) called.add(action);
      });
    assert.deepEqual([...called].toSorted(), awsActions);
    const granted = [...policyTemplate.matchAll(/\b(?:cloudformation|ec2|elasticloadbalancing|route53):([A-Z]\w+)$/gm)];
    assert.deepEqual([...new Set(granted.map(([, action]) => String(action)))].toSorted(), awsActions);
  });

  test('is told by the doctor that it may look, before there is a request', async () => {
    const world = await worlds.open();
    const ended = await world.step('examine', { request: null });
    assert.ok(ended.kind === 'done');
    const findings = ended.result['findings'] as readonly Finding[];
    const looked = findings.filter(({ on }) => ['AWS identity', 'Route 53', 'CloudFormation'].includes(on));
    assert.deepEqual(
      looked.map(({ state }) => state),
      ['good', 'good', 'good'],
    );
  });

  test('reaches no stack, instance or zone of another cluster', async () => {
    const [own, other] = [await worlds.open(), await worlds.open()];
    const { cloudFormation, ec2, route53 } = own.clients;
    const StackName = other.deployment.blue.stackId;
    const [instance] = await instancesOfStack(worlds.aws.observer, StackName);
    assert.ok(instance);
    const attempts = [
      () => cloudFormation.send(new DescribeStacksCommand({ StackName })),
      () => cloudFormation.send(new DescribeStacksCommand({})),
      () => cloudFormation.send(new GetTemplateCommand({ StackName })),
      () => cloudFormation.send(new DeleteStackCommand({ StackName, RoleARN: own.stackRole ?? '' })),
      () => ec2.send(new StopInstancesCommand({ InstanceIds: [instance.id] })),
      () => route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: other.deployment.zoneId })),
      () => change(own, { zone: other.deployment.zoneId }),
    ];
    for (const attempt of attempts) await assert.rejects(attempt, denial, String(attempt));
    assert.match(JSON.stringify(await other.seen()), /"blue":\{"status":"CREATE_COMPLETE".*running/);
  });

  test('makes and deletes stacks of its own cluster only, only in the role it was given, and only with a deployment’s tag', async () => {
    const own = await worlds.open();
    const { cloudFormation } = own.clients;
    const { Administrator = '' } = await outputsOf(worlds.aws.observer.cloudFormation, roles);
    const StackName = `${prefixOf(own.request.blue.stack)}x`;
    const right: CreateStackCommandInput = {
      StackName,
      RoleARN: own.stackRole ?? '',
      Tags: [{ Key: DEPLOYMENT_TAG, Value: own.deployment.id }],
      TemplateBody: 'Resources: {Handle: {Type: AWS::CloudFormation::WaitConditionHandle}}',
    };
    const { RoleARN: _, ...withoutRole } = right;
    for (const wrong of [
      { ...right, StackName: `other-${StackName}` },
      { ...right, RoleARN: Administrator },
      withoutRole,
      { ...right, Tags: [{ Key: 'Name', Value: 'x' }] },
    ])
      await assert.rejects(cloudFormation.send(new CreateStackCommand(wrong)), denial, JSON.stringify(wrong));
    await cloudFormation.send(new CreateStackCommand(right));
    for (const wrong of [{ StackName }, { StackName, RoleARN: Administrator }])
      await assert.rejects(cloudFormation.send(new DeleteStackCommand(wrong)), denial, JSON.stringify(wrong));
    await cloudFormation.send(new DeleteStackCommand({ StackName, RoleARN: own.stackRole ?? '' }));
  });

  test('changes the record, its signpost and the read record, by CREATE and DELETE, and nothing else in the zone', async () => {
    more = ({ record }) => ({ ReadRecordName: `read.${record}` });
    const own = await worlds.open();
    const { record } = own.request;
    await change(own, { name: `read.${record}` });
    await change(own, { name: signpostName(record), type: 'TXT' });
    for (const wrong of [
      { name: `www.${record}` },
      { name: `_acme-challenge.${record}`, type: 'TXT' },
      { action: 'UPSERT' },
      { type: 'MX' },
      { name: `read.${record}`, beside: `www.${record}` },
    ] as const)
      await assert.rejects(change(own, wrong), denial, JSON.stringify(wrong));
    more = () => ({});
    const withoutReadRecord = await worlds.open();
    await assert.rejects(change(withoutReadRecord, { name: `read.${withoutReadRecord.request.record}` }), denial);
  });

  test('without the statements of deletion does everything up to it, says which right is missing, and goes on once somebody deleted blue', async () => {
    more = () => ({ MayDelete: 'no' });
    const world = await worlds.open();
    await world.withGreen();
    for (const step of ['announceDeployment', 'flipRecord', 'moveReaders'] as const)
      assert.equal((await world.step(step)).kind, 'done', step);
    const asItWas = await world.seen();
    for (const [step, right] of [
      ['stopBlue', 'ec2:StopInstances'],
      ['deleteBlue', 'cloudformation:DeleteStack'],
    ] as const) {
      const ended = await world.step(step);
      assert.ok(ended.kind === 'refused');
      assert.match(ended.message, new RegExp(`${right}.* Give the worker's role this right`));
    }
    assert.deepEqual(await world.seen(), asItWas);

    const { stackId } = world.deployment.blue;
    const { cloudFormation } = worlds.aws.observer;
    await cloudFormation.send(new DeleteStackCommand({ StackName: stackId }));
    await waitForDeletion(cloudFormation, { stackId });
    for (const step of ['stopBlue', 'deleteBlue', 'closeDeployment'] as const)
      assert.deepEqual((await world.step(step)).kind, 'done', step);
  });
});

interface RecordChange {
  readonly zone?: string;
  readonly name?: string;
  readonly type?: RRType;
  readonly action?: ChangeAction;
  /** Another name in the same batch. */
  readonly beside?: string;
}

/** Creates the world's record, changed by what is given; whether it may is all that is asked. */
async function change(world: AwsWorld, { zone, name, type, action, beside }: RecordChange): Promise<void> {
  const names = [name ?? world.request.record, ...(beside === undefined ? [] : [beside])];
  const Value = type === 'TXT' ? '"text"' : type === 'MX' ? '10 mail.example.com' : 'elsewhere.example.com';
  await world.clients.route53.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: zone ?? world.deployment.zoneId,
      ChangeBatch: {
        Changes: names.map(Name => ({
          Action: action ?? 'CREATE',
          ResourceRecordSet: { Name, Type: type ?? 'CNAME', TTL: 60, ResourceRecords: [{ Value }] },
        })),
      },
    }),
  );
}
