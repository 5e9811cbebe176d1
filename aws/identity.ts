/** Who the worker is on AWS (STS GetCallerIdentity, which needs no right of its own), and where. */
import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';

export interface AwsIdentity {
  readonly account: string;
  readonly arn: string;
  readonly region: string;
}

export async function whoAmI(sts: STSClient): Promise<AwsIdentity> {
  const { Account, Arn } = await sts.send(new GetCallerIdentityCommand());
  return { account: Account ?? 'unknown', arn: Arn ?? 'unknown', region: await sts.config.region() };
}
