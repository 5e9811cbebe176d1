/** A worker with exactly the rights of cloudformation/worker-policy.yaml, and a role for CloudFormation to take. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import { waitForStack } from '../../aws/stack.ts';
import { projectRoot } from '../../local/project-root.ts';

export const policyTemplate = await readFile(join(projectRoot(), 'cloudformation/worker-policy.yaml'), 'utf8');
const role = (service: string, policies: readonly string[]) => `
    Type: AWS::IAM::Role
    Properties:
      ManagedPolicyArns: ${JSON.stringify(policies)}
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: ${service}, Action: sts:AssumeRole}]`;
/** The role that CloudFormation takes, and another; what they may do is not the worker's policy's business. */
export const roles = `Resources:
  StackRole: ${role('{Service: cloudformation.amazonaws.com}', [])}
  Administrator: ${role('{Service: cloudformation.amazonaws.com}', [])}
Outputs:
  StackRole: {Value: !GetAtt StackRole.Arn}
  Administrator: {Value: !GetAtt Administrator.Arn}
`;
/** A worker whose only right is the policy. */
export const workerWith = (policyArn: string) => `Resources:
  Worker: ${role("{AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}", [policyArn])}
Outputs:
  Worker: {Value: !GetAtt Worker.Arn}
`;

export type Values = Readonly<Record<string, string>>;

/** Makes the stack with the client's rights, and returns its outputs. */
export async function outputsOf(
  cloudFormation: CloudFormationClient,
  body: string,
  values: Values = {},
): Promise<Values> {
  const name = `policy-${randomUUID()}`;
  const Parameters = Object.entries(values).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }));
  await cloudFormation.send(
    new CreateStackCommand({
      StackName: name,
      TemplateBody: body,
      Parameters,
      Capabilities: ['CAPABILITY_IAM'],
    }),
  );
  const result = await waitForStack(cloudFormation, name);
  assert.ok(result.kind === 'complete', JSON.stringify(result));
  return result.stack.outputs;
}

/**
 * The environment of a worker that has the policy of this service and nothing else, on an AWS that asks for rights: credentials
 * of its role, and the name of the role that CloudFormation takes.
 */
export async function employ(
  { cloudFormation, sts }: { readonly cloudFormation: CloudFormationClient; readonly sts: STSClient },
  service: {
    readonly zoneId: string;
    readonly stackPrefix: string;
    readonly record: string;
    readonly readRecord?: string;
  },
): Promise<Values> {
  const { StackRole = '' } = await outputsOf(cloudFormation, roles);
  const { PolicyArn = '' } = await outputsOf(cloudFormation, policyTemplate, {
    StackNamePrefix: service.stackPrefix,
    HostedZoneId: service.zoneId,
    RecordName: service.record,
    ...(service.readRecord === undefined ? {} : { ReadRecordName: service.readRecord }),
    StackRoleArn: StackRole,
  });
  const { Worker: RoleArn } = await outputsOf(cloudFormation, workerWith(PolicyArn));
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'worker' }));
  return {
    AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? '',
    AWS_SESSION_TOKEN: Credentials?.SessionToken ?? '',
    KAFKA_BLUEGREEN_STACK_ROLE: StackRole,
  };
}
