/** What the cloud's API says there should be: instances with their power, load balancers with their listeners and targets. */
import { DescribeInstanceAttributeCommand, type EC2Client, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import {
  DescribeListenersCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  LoadBalancerNotFoundException,
  paginateDescribeLoadBalancers,
  TargetGroupNotFoundException,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { readUserData, type UserData } from './user-data.ts';

export interface InstanceView {
  readonly id: string;
  readonly power: 'on' | 'off' | 'gone';
}

export interface LoadBalancerView {
  readonly arn: string;
  /** In lower case. */
  readonly dnsName: string;
  readonly listeners: readonly { readonly port: number; readonly targets: readonly TargetView[] }[];
}

export interface TargetView {
  readonly instanceId: string;
  readonly port: number;
}

const POWER: Readonly<Record<string, InstanceView['power']>> = {
  running: 'on',
  stopping: 'off',
  stopped: 'off',
  'shutting-down': 'gone',
  terminated: 'gone',
};

/** Instances that are still pending are left out. */
export async function readInstances(ec2: EC2Client): Promise<InstanceView[]> {
  const views: InstanceView[] = [];
  for await (const page of paginateDescribeInstances({ client: ec2 }, {})) {
    for (const { InstanceId, State } of (page.Reservations ?? []).flatMap(({ Instances }) => Instances ?? [])) {
      const power = POWER[State?.Name ?? ''];
      if (InstanceId !== undefined && power !== undefined) views.push({ id: InstanceId, power });
    }
  }
  return views;
}

export async function readBoot(ec2: EC2Client, instanceId: string): Promise<UserData> {
  const { UserData } = await ec2.send(
    new DescribeInstanceAttributeCommand({ InstanceId: instanceId, Attribute: 'userData' }),
  );
  return readUserData(UserData?.Value ?? '');
}

export async function readLoadBalancers(elb: ElasticLoadBalancingV2Client): Promise<LoadBalancerView[]> {
  const views: LoadBalancerView[] = [];
  for await (const page of paginateDescribeLoadBalancers({ client: elb }, {})) {
    for (const { LoadBalancerArn, DNSName } of page.LoadBalancers ?? []) {
      if (LoadBalancerArn === undefined || DNSName === undefined) continue;
      const listeners = await unlessDeleted(readListeners(elb, LoadBalancerArn));
      views.push({ arn: LoadBalancerArn, dnsName: DNSName.toLowerCase(), listeners });
    }
  }
  return views;
}

async function readListeners(elb: ElasticLoadBalancingV2Client, LoadBalancerArn: string) {
  const { Listeners = [] } = await elb.send(new DescribeListenersCommand({ LoadBalancerArn }));
  const views: LoadBalancerView['listeners'][number][] = [];
  for (const { Port, DefaultActions } of Listeners) {
    const groupArn = DefaultActions?.[0]?.TargetGroupArn;
    if (Port === undefined || groupArn === undefined) continue;
    views.push({ port: Port, targets: await unlessDeleted(readTargets(elb, groupArn)) });
  }
  return views;
}

async function readTargets(elb: ElasticLoadBalancingV2Client, TargetGroupArn: string): Promise<TargetView[]> {
  const { TargetHealthDescriptions = [] } = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
  return TargetHealthDescriptions.flatMap(({ Target }) =>
    Target?.Id === undefined || Target.Port === undefined ? [] : [{ instanceId: Target.Id, port: Target.Port }],
  );
}

/** What was deleted since it was listed has nothing left. */
async function unlessDeleted<T>(parts: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await parts;
  } catch (error) {
    if (error instanceof LoadBalancerNotFoundException || error instanceof TargetGroupNotFoundException) return [];
    throw error;
  }
}
