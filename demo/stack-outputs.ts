/** A stack's outputs, as CloudFormation tells them. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import type { LocalStack } from '../local/stack.ts';

/** The name and port of a cluster's load balancer. */
export async function bootstrapOf(stack: string, local: LocalStack): Promise<string> {
  const cloudFormation = new CloudFormationClient({
    endpoint: local.awsEndpoint,
    region: local.environment['AWS_REGION'] ?? '',
    credentials: {
      accessKeyId: local.environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: local.environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  });
  try {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stack }));
    const bootstrap = Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === 'BootstrapServers')?.OutputValue;
    if (bootstrap === undefined) throw new Error(`Stack ${stack} has no output BootstrapServers.`);
    return bootstrap;
  } finally {
    cloudFormation.destroy();
  }
}
