import { CloudFormationClient } from '@aws-sdk/client-cloudformation';

/** A CloudFormation without a network: whichever stack it is asked for has this status. */
export function stacksAre(status: () => string): CloudFormationClient {
  const cloudFormation = new CloudFormationClient({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'a' },
  });
  cloudFormation.middlewareStack.add(
    () => async input => {
      const { StackName } = input.input as { readonly StackName?: string };
      const stack = { StackName, StackId: StackName, StackStatus: status() };
      return { response: {}, output: { $metadata: {}, Stacks: [stack] } } as never;
    },
    { step: 'initialize', priority: 'high' },
  );
  return cloudFormation;
}
