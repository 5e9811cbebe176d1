/** A stack's outputs, as CloudFormation tells them. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';

export async function bootstrapOf(stack: string, awsEndpoint: string): Promise<string> {
  const cloudFormation = new CloudFormationClient({
    endpoint: awsEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'demo', secretAccessKey: 'demo' },
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
