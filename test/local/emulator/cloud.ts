/**
 * Any AWS endpoint behind one handle: the one that AWS_ENDPOINT_URL names, or else an emulator of this test's own. Names
 * made here are unique, so that several tests can share an endpoint.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CloudFormationClient,
  CreateStackCommand,
  type CreateStackCommandInput,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  type Parameter,
  type Stack,
  type StackEvent,
} from '@aws-sdk/client-cloudformation';
import { CreateSubnetCommand, CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { Route53Client } from '@aws-sdk/client-route-53';
import { startEmulator } from '../../../local/emulator.ts';

const HOST = '127.0.0.1';
export const REGION = process.env['AWS_REGION'] ?? 'us-east-1';

export interface Cloud {
  readonly endpoint: string;
  readonly cloudFormation: CloudFormationClient;
  readonly ec2: EC2Client;
  readonly loadBalancing: ElasticLoadBalancingV2Client;
  readonly route53: Route53Client;
  close(): Promise<void>;
}

/** `environment` shapes the emulator only; an endpoint from outside is taken as it is. */
export async function openCloud(environment: Readonly<Record<string, string>> = {}): Promise<Cloud> {
  const outside = process.env['AWS_ENDPOINT_URL'];
  if (outside !== undefined) return handle(outside, async () => {});
  const directory = await mkdtemp(join(tmpdir(), 'emulator-'));
  const emulator = await startEmulator({ host: HOST, port: await freePort(), directory, environment });
  return handle(emulator.endpoint, async () => {
    await emulator.stop();
    await rm(directory, { recursive: true });
  });
}

function handle(endpoint: string, stop: () => Promise<void>): Cloud {
  const credentials = {
    accessKeyId: process.env['AWS_ACCESS_KEY_ID'] ?? 'test',
    secretAccessKey: process.env['AWS_SECRET_ACCESS_KEY'] ?? 'test',
  };
  const configuration = { endpoint, region: REGION, credentials };
  const clients = {
    cloudFormation: new CloudFormationClient(configuration),
    ec2: new EC2Client(configuration),
    loadBalancing: new ElasticLoadBalancingV2Client(configuration),
    route53: new Route53Client(configuration),
  };
  return {
    endpoint,
    ...clients,
    close: async () => {
      for (const client of Object.values(clients)) client.destroy();
      await stop();
    },
  };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, HOST, resolve));
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port.');
  return address.port;
}

export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString('hex')}`;
}

/** Asks until there is an answer; past the deadline the error says what was waited for. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>, deadlineMs = 20_000): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`Waited ${deadlineMs} ms in vain for ${what}.`);
    await delay(20);
  }
}

/** The value, or an error naming what an answer lacked. */
export function present<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new Error(`The answer has no ${what}.`);
  return value;
}

export function parameters(values: Readonly<Record<string, string>>): Parameter[] {
  return Object.entries(values).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }));
}

export async function createStack(
  cloud: Cloud,
  template: unknown,
  input: Omit<CreateStackCommandInput, 'TemplateBody'>,
): Promise<string> {
  const TemplateBody = typeof template === 'string' ? template : JSON.stringify(template);
  return present(
    (await cloud.cloudFormation.send(new CreateStackCommand({ TemplateBody, ...input }))).StackId,
    'StackId',
  );
}

export async function describeStack(cloud: Cloud, name: string): Promise<Stack> {
  const { Stacks } = await cloud.cloudFormation.send(new DescribeStacksCommand({ StackName: name }));
  return present(Stacks?.[0], `stack ${name}`);
}

/** The stack once no operation runs on it. */
export function settled(cloud: Cloud, stackId: string): Promise<Stack> {
  return until(`${stackId} to settle`, async () => {
    const stack = await describeStack(cloud, stackId);
    return stack.StackStatus?.endsWith('_IN_PROGRESS') ? undefined : stack;
  });
}

/** Oldest first. */
export async function events(cloud: Cloud, stackId: string): Promise<StackEvent[]> {
  const { StackEvents } = await cloud.cloudFormation.send(new DescribeStackEventsCommand({ StackName: stackId }));
  return present(StackEvents, 'StackEvents').toReversed();
}

/** Puts a signal as AWS's presigned URL wants it: with an empty content type. */
export function signal(
  url: string,
  body: { Status: 'SUCCESS' | 'FAILURE'; UniqueId: string; Reason: string },
): Promise<Response> {
  const content = JSON.stringify({ ...body, Data: '-' });
  return fetch(url, { method: 'PUT', headers: { 'content-type': '' }, body: content });
}

/** Tells the emulated cloud what only its surroundings can know. */
export async function tell(cloud: Cloud, what: 'target-health' | 'stack-faults', content: unknown): Promise<void> {
  const response = await fetch(`${cloud.endpoint}/_emulator/${what}`, {
    method: 'POST',
    body: JSON.stringify(content),
  });
  if (!response.ok) throw new Error(`${what} was refused: ${await response.text()}`);
}

export interface Network {
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly zones: readonly string[];
}

/** A network with one /24 subnet in each of three zones: 10.20.16.0, 10.20.32.0, 10.20.48.0. */
export async function createNetwork(cloud: Cloud): Promise<Network> {
  const { Vpc } = await cloud.ec2.send(new CreateVpcCommand({ CidrBlock: '10.20.0.0/16' }));
  const vpcId = present(Vpc?.VpcId, 'VpcId');
  const zones = ['a', 'b', 'c'].map(letter => `${REGION}${letter}`);
  const subnetIds: string[] = [];
  for (const [index, AvailabilityZone] of zones.entries()) {
    const CidrBlock = `10.20.${(index + 1) * 16}.0/24`;
    const { Subnet } = await cloud.ec2.send(new CreateSubnetCommand({ VpcId: vpcId, CidrBlock, AvailabilityZone }));
    subnetIds.push(present(Subnet?.SubnetId, 'SubnetId'));
  }
  return { vpcId, subnetIds, zones };
}
