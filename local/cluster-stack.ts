/** A Kafka cluster by CloudFormation, from the project's template, as an operator would make blue. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import type { LocalAws } from './aws-clients.ts';
import { newClusterId } from './kraft-storage.ts';
import type { Network } from './network.ts';
import { projectRoot } from './project-root.ts';
import { until } from './until.ts';

const READY_TIMEOUT_SECONDS = 180;
const ROLLBACK_SECONDS = 60;
const POLL_MS = 250;
const AMI = 'ami-0123456789abcdef0';

export interface ClusterRequest {
  /** Its last dash part is the suffix that tells blue from green. */
  readonly stack: string;
  readonly kafkaVersion: string;
  readonly metadataMode: 'kraft' | 'zookeeper';
  /** 1, 2 and 3 when absent. */
  readonly brokerIds?: readonly number[];
}

export interface ClusterStack {
  readonly stackId: string;
  readonly outputs: Record<string, string>;
}

/** Returns when all brokers reported that they serve; an error says which resource failed first, and why. */
export async function createClusterStack(
  aws: LocalAws,
  request: ClusterRequest,
  { network, zooKeeper }: { network: Network; zooKeeper: string },
): Promise<ClusterStack> {
  const { stack: StackName } = request;
  const dash = StackName.lastIndexOf('-');
  const parameters: Record<string, string> = {
    ServiceName: StackName.slice(0, dash),
    Suffix: StackName.slice(dash + 1),
    KafkaVersion: request.kafkaVersion,
    MetadataMode: request.metadataMode,
    ...(request.metadataMode === 'kraft'
      ? { ClusterId: newClusterId() }
      : { ZooKeeperConnect: `${zooKeeper}/${StackName}` }),
    ...(request.brokerIds !== undefined && { BrokerIds: request.brokerIds.join(',') }),
    AmiId: AMI,
    VpcId: network.vpcId,
    SubnetIds: network.subnetIds.join(','),
    AvailabilityZones: network.availabilityZones.join(','),
    ClientCidr: `127.${network.octet}.0.0/16`,
    ReadyTimeoutSeconds: String(READY_TIMEOUT_SECONDS),
  };
  const { StackId } = await aws.cloudFormation.send(
    new CreateStackCommand({
      StackName,
      TemplateBody: await readFile(join(projectRoot(), 'cloudformation/kafka-cluster.yaml'), 'utf8'),
      Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
      Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_AUTO_EXPAND'],
    }),
  );
  if (StackId === undefined) throw new Error(`The emulated cloud gave no id for stack ${StackName}.`);
  const stack = await settled(aws, StackId, StackName);
  if (stack.StackStatus !== 'CREATE_COMPLETE') {
    throw new Error(`Stack ${StackName} is ${stack.StackStatus}: ${await firstFailure(aws, StackId)}`);
  }
  const outputs = (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]);
  return { stackId: StackId, outputs: Object.fromEntries(outputs) };
}

async function settled({ cloudFormation }: LocalAws, stackId: string, name: string): Promise<Stack> {
  let stack: Stack | undefined;
  const look = async () => {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stackId }));
    stack = Stacks?.[0];
    return stack?.StackStatus?.endsWith('_IN_PROGRESS') === false;
  };
  const withinMs = (READY_TIMEOUT_SECONDS + ROLLBACK_SECONDS) * 1000;
  await until(`Stack ${name} is complete or rolled back`, look, { withinMs, everyMs: POLL_MS });
  if (stack === undefined) throw new Error(`Stack ${name} is gone.`);
  return stack;
}

async function firstFailure({ cloudFormation }: LocalAws, stackId: string): Promise<string> {
  const { StackEvents = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName: stackId }));
  const failed = StackEvents.findLast(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED'));
  return failed === undefined
    ? 'no resource says why.'
    : `${failed.LogicalResourceId} failed. ${failed.ResourceStatusReason ?? ''}`;
}
