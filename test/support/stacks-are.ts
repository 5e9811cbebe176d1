import { CloudFormationClient } from '@aws-sdk/client-cloudformation';

/** A CloudFormation without a network: every stack that it is asked for exists, and has this status. */
export function stacksAre(statusOf: (stackId: string) => string): CloudFormationClient {
  const cloudFormation = new CloudFormationClient({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'a' },
  });
  cloudFormation.middlewareStack.add(
    () => async input => {
      const { StackName = '' } = input.input as { readonly StackName?: string };
      const stack = { StackName, StackId: StackName, StackStatus: statusOf(StackName) };
      return { response: {}, output: { $metadata: {}, Stacks: [stack] } } as never;
    },
    { step: 'initialize', priority: 'high' },
  );
  return cloudFormation;
}
