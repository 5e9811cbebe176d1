/**
 * A world for the activities that talk to AWS: an emulated cloud behind the fault proxy, DNS that serves its zones, and for
 * each try a blue stack, a zone and a record of its own. No cluster is asked: where a step goes on to Kafka, it ends there.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  paginateListStacks,
} from '@aws-sdk/client-cloudformation';
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { signpostName } from 'kafka-bluegreen-switching/signpost';
import { describeEndpoint } from '../../activities/await-green-stack.ts';
import { createActivities } from '../../activities/create-activities.ts';
import type { Dependencies } from '../../activities/dependencies.ts';
import type { OriginalRecords } from '../../activities/read-records.ts';
import { Refused } from '../../activities/step.ts';
import type { AwsClients } from '../../aws/clients.ts';
import { instancesOfStack } from '../../aws/instances.ts';
import { recordKey } from '../../aws/record.ts';
import { readRecordSets } from '../../aws/zone.ts';
import type { Activities } from '../../contract/activities.ts';
import type { Deployment } from '../../contract/deployment.ts';
import { type DeploymentRequest, parseRequest } from '../../contract/request.ts';
import { openEvidenceStore } from '../../evidence/open.ts';
import { type EvidenceStore, putJson } from '../../evidence/store.ts';
import { startAuthority } from '../../local/dns/authority.ts';
import { readHostedZone } from '../../local/dns/hosted-zones.ts';
import type { Names } from '../../local/dns/names.ts';
import { until } from '../../local/until.ts';
import { freePort, startTestAws, type TestAws, uniqueWord } from '../aws/endpoint.ts';
import { QUIET } from '../support/quiet-logger.ts';
import { recordChanges } from '../support/record-changes.ts';

const WITHIN_MS = 60_000;

const broker = (n: number) => `  Broker${n}:
    Type: AWS::EC2::Instance
    Properties: {ImageId: ami-00000000, InstanceType: t3.micro, SubnetId: !Ref Subnet}
`;
/** As a cluster's template: a suffix, three instances behind a load balancer, and the outputs a deployment needs. */
const template = `Parameters:
  Suffix: {Type: String}
Resources:
  Net: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.68.0.0/16}}
  Subnet: {Type: 'AWS::EC2::Subnet', Properties: {VpcId: !Ref Net, CidrBlock: 10.68.0.0/16}}
${[1, 2, 3].map(broker).join('')}  Group:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties:
      {Port: 9092, Protocol: TCP, VpcId: !Ref Net, Targets: [{Id: !Ref Broker1}, {Id: !Ref Broker2}, {Id: !Ref Broker3}]}
  Balancer:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    Properties: {Type: network, Scheme: internal, Subnets: [!Ref Subnet]}
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      {LoadBalancerArn: !Ref Balancer, Port: 9092, Protocol: TCP, DefaultActions: [{Type: forward, TargetGroupArn: !Ref Group}]}
Outputs:
  BootstrapServers: {Value: !Sub '\${Balancer.DNSName}:9092'}
  BootstrapDnsName: {Value: !GetAtt Balancer.DNSName}
  BootstrapHostedZoneId: {Value: !GetAtt Balancer.CanonicalHostedZoneID}
  TargetGroupArn: {Value: !Ref Group}
  BrokerCount: {Value: '3'}
`;

/** How a step ended: its result, or the type with which it refused for good. */
export type Ended =
  | { readonly kind: 'done'; readonly result: Readonly<Record<string, unknown>> }
  | { readonly kind: 'refused'; readonly type: string; readonly message: string };

/** The cloud of a test file; `deps` has the product's clients, which go through the proxy. */
export interface AwsWorlds {
  readonly aws: TestAws;
  /** A blue of its own, in service. */
  open(): Promise<AwsWorld>;
  stop(): Promise<void>;
}

/** Who the worker is in a world, once its stacks and its zone have names. */
export type Employ = (
  aws: TestAws,
  service: { readonly request: DeploymentRequest; readonly zoneId: string },
) => Promise<Pick<Dependencies, 'aws' | 'stackRole'>>;

/** `environment` shapes the emulator; without `employ` the worker may do everything. */
export async function startAwsWorlds({
  environment = {},
  employ = async ({ clients }) => ({ aws: clients, stackRole: null }),
}: {
  readonly environment?: Readonly<Record<string, string>>;
  readonly employ?: Employ;
} = {}): Promise<AwsWorlds> {
  const aws = await startTestAws(environment);
  const directory = await mkdtemp(join(tmpdir(), 'aws-world-'));
  const evidence = openEvidenceStore(`file:${directory}`);
  let names: Names = { zones: new Map(), loadBalancers: new Map() };
  const authority = await startAuthority({ host: '127.0.0.1', port: await freePort(), names: () => names });
  const deps: Omit<Dependencies, 'aws' | 'stackRole'> = {
    evidence,
    dnsServers: [authority.address],
    searchAttributes: [],
    security: {},
    connect: () => Promise.reject(new Refused('ClusterAsked', 'The step goes on to the cluster.')),
    findRun: async () => ({ kind: 'absent' }),
    tell: async () => {},
  };
  const serve = async (zone: string, zoneId: string) => {
    names = { ...names, zones: new Map([[zone, await readHostedZone(aws.observer.route53, zoneId)]]) };
  };
  return {
    aws,
    open: () => AwsWorld.open({ aws, evidence, deps, employ, serve }),
    async stop() {
      await authority.close();
      await aws.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

interface Cloud {
  readonly aws: TestAws;
  readonly evidence: EvidenceStore;
  readonly deps: Omit<Dependencies, 'aws' | 'stackRole'>;
  readonly employ: Employ;
  /** Lets DNS serve what Route 53 holds now of this zone. */
  readonly serve: (zone: string, zoneId: string) => Promise<void>;
}

export class AwsWorld {
  readonly #cloud: Cloud;
  readonly #activities: Activities;
  /** The worker's. */
  readonly clients: AwsClients;
  readonly stackRole: string | null;
  readonly request: DeploymentRequest;
  deployment: Deployment;

  private constructor(
    cloud: Cloud,
    employed: Pick<Dependencies, 'aws' | 'stackRole'>,
    { request, deployment }: { readonly request: DeploymentRequest; readonly deployment: Deployment },
  ) {
    this.#cloud = cloud;
    this.#activities = createActivities({ ...cloud.deps, ...employed });
    this.clients = employed.aws;
    this.stackRole = employed.stackRole;
    this.request = request;
    this.deployment = deployment;
  }

  static async open(cloud: Cloud): Promise<AwsWorld> {
    const { observer } = cloud.aws;
    const word = uniqueWord();
    const zone = `${word}.example.com`;
    const { HostedZone } = await observer.route53.send(
      new CreateHostedZoneCommand({
        Name: zone,
        CallerReference: word,
        VPC: { VPCRegion: 'eu-central-1', VPCId: 'vpc-00000000' },
        HostedZoneConfig: { PrivateZone: true },
      }),
    );
    const zoneId = (HostedZone?.Id ?? '').replace('/hostedzone/', '');
    const parsed = parseRequest({
      cluster: 'orders',
      record: `kafka.${zone}`,
      requestedBy: 'ada',
      blue: { stack: `kafka-${word}-a` },
      green: { stack: `kafka-${word}-b` },
      ttl: '1s',
    });
    assert.ok(parsed.kind === 'request');
    const { request } = parsed;
    await observer.cloudFormation.send(
      new CreateStackCommand({
        StackName: request.blue.stack,
        TemplateBody: template,
        Parameters: [{ ParameterKey: 'Suffix', ParameterValue: 'a' }],
      }),
    );
    await healthy(cloud, request.blue.stack);
    const blue = await describeEndpoint({ aws: observer }, request.blue.stack);
    const record: ResourceRecordSet = {
      Name: request.record,
      Type: 'CNAME',
      TTL: 60,
      ResourceRecords: [{ Value: blue.dnsName }],
    };
    await observer.route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: zoneId,
        ChangeBatch: { Changes: [{ Action: 'CREATE', ResourceRecordSet: record }] },
      }),
    );
    const records: OriginalRecords = {
      record,
      readRecord: null,
      signpost: null,
      negativeTtlSeconds: 1,
      zonePrivate: true,
      nameServers: [],
    };
    const nothing = await putJson(cloud.evidence, { topics: [], groups: [], preflightEnds: {} });
    const employed = await cloud.employ(cloud.aws, { request, zoneId });
    const deployment: Deployment = {
      id: word.slice(-10).padStart(12, '0'),
      cluster: 'orders',
      record: request.record,
      readRecord: null,
      zoneId,
      recordIsAlias: false,
      blue: { ...blue, clusterId: 'id-of-a' },
      green: null,
      epoch: null,
      writersHold: false,
      evidence: {
        request: await putJson(cloud.evidence, request),
        inventory: nothing,
        dispositions: nothing,
        records: await putJson(cloud.evidence, records),
      },
    };
    return new AwsWorld(cloud, employed, { request, deployment });
  }

  /** Runs the activity as a worker does, and again as Temporal would, and remembers what the workflow remembers. */
  async step(name: keyof Activities, extra: object = {}): Promise<Ended> {
    const ended = await this.#endOf(name, extra);
    const epoch = ended.kind === 'done' ? ended.result['epoch'] : null;
    if (typeof epoch === 'string') this.deployment = { ...this.deployment, epoch };
    return ended;
  }

  async #endOf(name: keyof Activities, extra: object): Promise<Ended> {
    const activity = this.#activities[name] as (input: object) => Promise<Readonly<Record<string, unknown>>>;
    const input = {
      deployment: this.deployment,
      waivers: [],
      request: this.request,
      id: this.deployment.id,
      stackId: null,
      ...extra,
    };
    const scheduledTimestampMs = Date.now();
    let ended: Ended | null = null;
    let last: unknown = null;
    await until(
      `${name} ends`,
      async () => {
        const environment = new MockActivityEnvironment({ scheduledTimestampMs }, { logger: QUIET });
        const deadline = setTimeout(() => environment.cancel(), WITHIN_MS);
        try {
          ended = { kind: 'done', result: await environment.run(activity, input) };
        } catch (error) {
          if (!(error instanceof ApplicationFailure)) throw error;
          last = error.message;
          if (error.nonRetryable === true)
            ended = { kind: 'refused', type: error.type ?? 'none', message: error.message };
        } finally {
          clearTimeout(deadline);
        }
        return ended !== null;
      },
      { withinMs: WITHIN_MS, everyMs: 300 },
    ).catch((error: Error) => assert.fail(`${error.message}; it failed with ${String(last)}`));
    assert.ok(ended !== null);
    return ended;
  }

  /** Green stands, healthy and known to the run. */
  async withGreen(): Promise<void> {
    await this.step('createGreenStack');
    await this.greenIsHealthy();
    const green = await describeEndpoint({ aws: this.#cloud.aws.observer }, this.request.green.stack);
    this.deployment = { ...this.deployment, green: { ...green, clusterId: 'id-of-b' } };
  }

  /** One creation or deletion of a resource of green's fails, with this reason. */
  async willFail(op: 'create' | 'delete', logicalId: string, message: string): Promise<void> {
    const faults = [{ op, logicalId, message, stackName: this.request.green.stack }];
    await tellEmulator(this.#cloud.aws, 'stack-faults', faults);
  }

  greenIsHealthy(): Promise<void> {
    return healthy(this.#cloud, this.request.green.stack);
  }

  /** DNS serves what Route 53 holds of this world. */
  serve(): Promise<void> {
    const { record, zoneId } = this.deployment;
    return this.#cloud.serve(record.replace(/^kafka\./, ''), zoneId);
  }

  /** Everything a deployment changes in the cloud, and how often it did; seen without the proxy. */
  async seen(): Promise<Readonly<Record<string, unknown>>> {
    const { observer } = this.#cloud.aws;
    const { zoneId, record } = this.deployment;
    const sets = await readRecordSets(observer.route53, zoneId, [record, signpostName(record)]);
    const pointsAt = sets.get(recordKey(record, 'CNAME'));
    const signpost = sets.get(recordKey(signpostName(record), 'TXT'))?.ResourceRecords?.[0]?.Value ?? 'none';
    const here = (text: string | undefined) => (text ?? '').replace(this.deployment.blue.dnsName, 'blue');
    return {
      record: `${here(pointsAt?.ResourceRecords?.[0]?.Value) === 'blue' ? 'blue' : 'green'} TTL ${pointsAt?.TTL}`,
      signpost: /write=(\S+) read=(\S+)/.exec(signpost)?.slice(1) ?? signpost,
      by: / by=(\S+)/.exec(signpost)?.[1] === '-' ? 'nobody' : 'somebody',
      recordChanges: recordChanges(this.#cloud.aws.writes),
      blue: await this.#stack(this.deployment.blue.stackId),
      green: await this.#stacksNamed(this.request.green.stack),
      instancesOfBlue: await this.#instancesOfBlue(),
    };
  }

  async #stack(id: string): Promise<Readonly<Record<string, unknown>>> {
    const { cloudFormation } = this.#cloud.aws.observer;
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: id }));
    const { StackEvents = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName: id }));
    const begun = (status: string) =>
      StackEvents.filter(e => e.PhysicalResourceId === id && e.ResourceStatus === status).length;
    return {
      status: Stacks?.[0]?.StackStatus,
      created: begun('CREATE_IN_PROGRESS'),
      deleted: begun('DELETE_IN_PROGRESS'),
    };
  }

  async #stacksNamed(name: string): Promise<readonly unknown[]> {
    const ids: string[] = [];
    for await (const { StackSummaries = [] } of paginateListStacks(
      { client: this.#cloud.aws.observer.cloudFormation },
      {},
    ))
      ids.push(...StackSummaries.filter(s => s.StackName === name).map(s => s.StackId ?? ''));
    return Promise.all(ids.map(id => this.#stack(id)));
  }

  async #instancesOfBlue(): Promise<readonly string[]> {
    return (await instancesOfStack(this.#cloud.aws.observer, this.deployment.blue.stackId)).map(i => i.state);
  }
}

/** The emulator opens no connections: what a health checker would see is reported once the stack is complete. */
async function healthy({ aws }: Cloud, stack: string): Promise<void> {
  await until(
    `${stack} is complete`,
    async () => {
      try {
        const { Stacks } = await aws.observer.cloudFormation.send(new DescribeStacksCommand({ StackName: stack }));
        return Stacks?.[0]?.StackStatus === 'CREATE_COMPLETE';
      } catch {
        return false;
      }
    },
    { withinMs: WITHIN_MS, everyMs: 20 },
  );
  const instances = await instancesOfStack(aws.observer, stack);
  const health = Object.fromEntries(instances.map(({ id }) => [id, { State: 'healthy' }]));
  await tellEmulator(aws, 'target-health', health);
}

async function tellEmulator(aws: TestAws, what: 'target-health' | 'stack-faults', content: object): Promise<void> {
  const answer = await fetch(`${aws.endpoint}/_emulator/${what}`, { method: 'POST', body: JSON.stringify(content) });
  assert.equal(answer.status, 200);
}
