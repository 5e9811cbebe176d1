/** The network that clusters are put into: a VPC on the run's addresses, a subnet in each of three zones, a private DNS zone. */
import { randomUUID } from 'node:crypto';
import { CreateSubnetCommand, CreateVpcCommand } from '@aws-sdk/client-ec2';
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { type LocalAws, REGION } from './aws-clients.ts';

const ZONE_NAME = 'orders.example.com';
const SUBNETS = [
  { third: 16, zone: `${REGION}a` },
  { third: 32, zone: `${REGION}b` },
  { third: 48, zone: `${REGION}c` },
] as const;
/** AWS's is 900; here a person waits for it. */
const NEGATIVE_TTL_SECONDS = 5;

export interface Network {
  readonly octet: number;
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  /** The subnets' availability zones, in their order. */
  readonly availabilityZones: readonly string[];
}

export interface HostedZone {
  readonly id: string;
  readonly name: string;
}

export async function createNetwork({ ec2 }: LocalAws, octet: number): Promise<Network> {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: `127.${octet}.0.0/16` }));
  const vpcId = present(Vpc?.VpcId, 'VPC id');
  const subnetIds: string[] = [];
  for (const { third, zone } of SUBNETS) {
    const CidrBlock = `127.${octet}.${third}.0/24`;
    const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: vpcId, CidrBlock, AvailabilityZone: zone }));
    subnetIds.push(present(Subnet?.SubnetId, 'subnet id'));
  }
  return { octet, vpcId, subnetIds, availabilityZones: SUBNETS.map(({ zone }) => zone) };
}

export async function createZone(aws: LocalAws, vpcId: string): Promise<HostedZone> {
  const { HostedZone } = await aws.route53.send(
    new CreateHostedZoneCommand({
      Name: ZONE_NAME,
      CallerReference: randomUUID(),
      VPC: { VPCId: vpcId, VPCRegion: REGION },
      HostedZoneConfig: { Comment: 'The names of one machine', PrivateZone: true },
    }),
  );
  const id = present(HostedZone?.Id, 'hosted zone id').replace('/hostedzone/', '');
  const times = `1 7200 900 1209600 ${NEGATIVE_TTL_SECONDS}`;
  const soa = `ns.${ZONE_NAME}. hostmaster.${ZONE_NAME}. ${times}`;
  await putRecord(aws, id, {
    Name: ZONE_NAME,
    Type: 'SOA',
    TTL: NEGATIVE_TTL_SECONDS,
    ResourceRecords: [{ Value: soa }],
  });
  return { id, name: ZONE_NAME };
}

export async function putRecord({ route53 }: LocalAws, zoneId: string, record: ResourceRecordSet): Promise<void> {
  const Changes = [{ Action: 'UPSERT' as const, ResourceRecordSet: record }];
  await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zoneId, ChangeBatch: { Changes } }));
}

function present(value: string | undefined, what: string): string {
  if (value === undefined) throw new Error(`The emulated cloud gave no ${what}.`);
  return value;
}
