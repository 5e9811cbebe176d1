/** Clients of a run's own cloud, with everything explicit: nothing of the machine's AWS configuration is used. */
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { Route53Client } from '@aws-sdk/client-route-53';
import { STSClient } from '@aws-sdk/client-sts';

export const REGION = 'us-east-1';
/** Those of the emulator's root, who may do everything whether policies are asked or not. */
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

export interface LocalAws {
  readonly endpoint: string;
  readonly cloudFormation: CloudFormationClient;
  readonly ec2: EC2Client;
  readonly elb: ElasticLoadBalancingV2Client;
  readonly route53: Route53Client;
  readonly sts: STSClient;
}

export function localAws(endpoint: string): LocalAws {
  const common = { endpoint, region: REGION, credentials: CREDENTIALS };
  return {
    endpoint,
    cloudFormation: new CloudFormationClient(common),
    ec2: new EC2Client(common),
    elb: new ElasticLoadBalancingV2Client(common),
    route53: new Route53Client(common),
    sts: new STSClient(common),
  };
}

export function closeAws({ cloudFormation, ec2, elb, route53, sts }: LocalAws): void {
  for (const client of [cloudFormation, ec2, elb, route53, sts]) client.destroy();
}

/** What makes AWS's SDKs and command line talk to this cloud and to no other. */
export function awsEnvironment(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
