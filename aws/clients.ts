/**
 * The AWS clients. Endpoint, region and credentials come from the environment by the SDK's own rules. Every call is
 * bounded in time, so that an endpoint that swallows requests becomes an error the SDK retries, not a step that hangs.
 */
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { Route53Client } from '@aws-sdk/client-route-53';
import { STSClient } from '@aws-sdk/client-sts';

export interface AwsClients {
  readonly route53: Route53Client;
  readonly cloudFormation: CloudFormationClient;
  readonly elb: ElasticLoadBalancingV2Client;
  readonly ec2: EC2Client;
  readonly sts: STSClient;
  /** Closes the kept-alive connections. */
  destroy(): void;
}

/** Makes the clients once per process: connections are kept and shared. */
export function createAwsClients(): AwsClients {
  const common = {
    maxAttempts: 6,
    retryMode: 'standard',
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  };
  const clients = {
    route53: new Route53Client(common),
    cloudFormation: new CloudFormationClient(common),
    elb: new ElasticLoadBalancingV2Client(common),
    ec2: new EC2Client(common),
    sts: new STSClient(common),
  };
  return {
    ...clients,
    destroy() {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}
