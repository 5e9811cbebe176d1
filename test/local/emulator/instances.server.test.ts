/**
 * What brokers are made of: instances with an address and user data, found by tag, stopped and started; targets whose
 * health is what a health check saw.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import {
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  type Instance,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { DescribeTargetHealthCommand, type TargetHealth } from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  type Cloud,
  createNetwork,
  createStack,
  type Network,
  openCloud,
  present,
  settled,
  tell,
  uniqueName,
  until,
} from './cloud.ts';

const USER_DATA = '#!/bin/sh\necho ready\n';

function oneServer({ vpcId, subnetIds, zones }: Network): unknown {
  return {
    Resources: {
      Interface: { Type: 'AWS::EC2::NetworkInterface', Properties: { SubnetId: subnetIds[0] } },
      Disk: {
        Type: 'AWS::EC2::Volume',
        DeletionPolicy: 'Snapshot',
        Properties: { AvailabilityZone: zones[0], Size: 7, VolumeType: 'gp3', Encrypted: true },
      },
      Server: {
        Type: 'AWS::EC2::Instance',
        Properties: {
          ImageId: 'ami-0123456789abcdef0',
          InstanceType: 'm7g.large',
          NetworkInterfaces: [{ DeviceIndex: '0', NetworkInterfaceId: { Ref: 'Interface' } }],
          Volumes: [{ Device: '/dev/sdf', VolumeId: { Ref: 'Disk' } }],
          UserData: { 'Fn::Base64': USER_DATA },
          Tags: [{ Key: 'Role', Value: { Ref: 'AWS::StackName' } }],
        },
      },
      Door: {
        Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
        Properties: { Type: 'network', Scheme: 'internal', Subnets: subnetIds },
      },
      Group: {
        Type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
        Properties: { Protocol: 'TCP', Port: 9092, VpcId: vpcId, Targets: [{ Id: { Ref: 'Server' }, Port: 9092 }] },
      },
      Listener: {
        Type: 'AWS::ElasticLoadBalancingV2::Listener',
        Properties: {
          LoadBalancerArn: { Ref: 'Door' },
          Protocol: 'TCP',
          Port: 9092,
          DefaultActions: [{ Type: 'forward', TargetGroupArn: { Ref: 'Group' } }],
        },
      },
    },
    Outputs: {
      GroupArn: { Value: { Ref: 'Group' } },
      DiskId: { Value: { Ref: 'Disk' } },
      Address: { Value: { 'Fn::GetAtt': ['Interface', 'PrimaryPrivateIpAddress'] } },
    },
  };
}

describe('an instance of a stack', () => {
  let cloud: Cloud;
  let network: Network;

  before(async () => {
    cloud = await openCloud({ EMULATOR_STEP_MS: '100' });
    network = await createNetwork(cloud);
  });
  after(() => cloud.close());

  interface Server {
    readonly stackId: string;
    readonly stackName: string;
    readonly id: string;
    readonly outputs: Readonly<Record<string, string | undefined>>;
  }

  async function found(stackName: string): Promise<Instance[]> {
    const Filters = [{ Name: 'tag:aws:cloudformation:stack-name', Values: [stackName] }];
    const { Reservations } = await cloud.ec2.send(new DescribeInstancesCommand({ Filters }));
    return (Reservations ?? []).flatMap(({ Instances }) => Instances ?? []);
  }

  async function createServer(): Promise<Server> {
    const stackName = uniqueName('server');
    const stackId = await createStack(cloud, oneServer(network), { StackName: stackName });
    const stack = await settled(cloud, stackId);
    assert.equal(stack.StackStatus, 'CREATE_COMPLETE');
    const outputs = Object.fromEntries((stack.Outputs ?? []).map(o => [present(o.OutputKey, 'key'), o.OutputValue]));
    const [instance] = await found(stackName);
    return { stackId, stackName, outputs, id: present(instance?.InstanceId, 'InstanceId') };
  }

  async function state(id: string): Promise<string | undefined> {
    const { Reservations } = await cloud.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    return Reservations?.[0]?.Instances?.[0]?.State?.Name;
  }

  const becomes = (id: string, wanted: string) =>
    until(`${id} to be ${wanted}`, async () => ((await state(id)) === wanted ? true : undefined));

  async function health(server: Server): Promise<TargetHealth> {
    const request = new DescribeTargetHealthCommand({ TargetGroupArn: server.outputs['GroupArn'] });
    const { TargetHealthDescriptions } = await cloud.loadBalancing.send(request);
    assert.deepEqual(
      TargetHealthDescriptions?.map(({ Target }) => Target),
      [{ Id: server.id, Port: 9092 }],
    );
    return present(TargetHealthDescriptions?.[0]?.TargetHealth, 'TargetHealth');
  }

  it('is found by the stack it belongs to and by its own tags', async () => {
    const server = await createServer();
    const [instance, ...others] = await found(server.stackName);
    assert.equal(others.length, 0);
    const tags = Object.fromEntries((instance?.Tags ?? []).map(({ Key, Value }) => [present(Key, 'Key'), Value]));
    assert.equal(tags['Role'], server.stackName);
    assert.equal(tags['aws:cloudformation:stack-id'], server.stackId);
    assert.equal(tags['aws:cloudformation:logical-id'], 'Server');
  });

  it('has the address of its interface, the zone of its subnet and its user data', async () => {
    const server = await createServer();
    const [instance] = await found(server.stackName);
    assert.equal(instance?.PrivateIpAddress, server.outputs['Address']);
    assert.match(instance?.PrivateIpAddress ?? '', /^10\.20\.16\./);
    assert.equal(instance?.Placement?.AvailabilityZone, network.zones[0]);
    const request = new DescribeInstanceAttributeCommand({ InstanceId: server.id, Attribute: 'userData' });
    const { UserData } = await cloud.ec2.send(request);
    assert.equal(Buffer.from(UserData?.Value ?? '', 'base64').toString(), USER_DATA);
  });

  it('is stopped by way of stopping and runs again by way of pending, as often as asked', async () => {
    const { id } = await createServer();
    const stop = await cloud.ec2.send(new StopInstancesCommand({ InstanceIds: [id] }));
    assert.equal(stop.StoppingInstances?.[0]?.CurrentState?.Name, 'stopping');
    await assert.rejects(cloud.ec2.send(new StartInstancesCommand({ InstanceIds: [id] })), {
      name: 'IncorrectInstanceState',
    });
    await becomes(id, 'stopped');
    const again = await cloud.ec2.send(new StopInstancesCommand({ InstanceIds: [id] }));
    assert.equal(again.StoppingInstances?.[0]?.CurrentState?.Name, 'stopped');
    const start = await cloud.ec2.send(new StartInstancesCommand({ InstanceIds: [id] }));
    assert.equal(start.StartingInstances?.[0]?.CurrentState?.Name, 'pending');
    await becomes(id, 'running');
  });

  it('keeps address, disk and user data while it is stopped', async () => {
    const server = await createServer();
    const running = present((await found(server.stackName))[0], 'instance');
    await cloud.ec2.send(new StopInstancesCommand({ InstanceIds: [server.id] }));
    await becomes(server.id, 'stopped');
    await cloud.ec2.send(new StartInstancesCommand({ InstanceIds: [server.id] }));
    await becomes(server.id, 'running');
    assert.deepEqual((await found(server.stackName))[0], running);
  });

  it('is as a target initial, then what its health check saw', async () => {
    const server = await createServer();
    assert.equal((await health(server)).State, 'initial');
    await tell(cloud, 'target-health', { [server.id]: { State: 'healthy' } });
    assert.equal((await health(server)).State, 'healthy');
    await tell(cloud, 'target-health', { [server.id]: { State: 'unhealthy', Reason: 'Target.FailedHealthChecks' } });
    assert.deepEqual(await health(server), { State: 'unhealthy', Reason: 'Target.FailedHealthChecks' });
  });

  it('is as a target unused while it is stopped, and initial again when it comes back', async () => {
    const server = await createServer();
    await tell(cloud, 'target-health', { [server.id]: { State: 'healthy' } });
    await cloud.ec2.send(new StopInstancesCommand({ InstanceIds: [server.id] }));
    await becomes(server.id, 'stopped');
    const stopped = await health(server);
    assert.deepEqual([stopped.State, stopped.Reason], ['unused', 'Target.InvalidState']);
    await cloud.ec2.send(new StartInstancesCommand({ InstanceIds: [server.id] }));
    await becomes(server.id, 'running');
    assert.equal((await health(server)).State, 'initial');
  });

  it('that is terminated gives interface and disk back, and takes its root disk along', async () => {
    const server = await createServer();
    const attached = [{ Name: 'attachment.instance-id', Values: [server.id] }];
    assert.equal((await cloud.ec2.send(new DescribeVolumesCommand({ Filters: attached }))).Volumes?.length, 2);
    await cloud.ec2.send(new TerminateInstancesCommand({ InstanceIds: [server.id] }));
    await becomes(server.id, 'terminated');
    assert.deepEqual((await cloud.ec2.send(new DescribeVolumesCommand({ Filters: attached }))).Volumes, []);
    const VolumeIds = [present(server.outputs['DiskId'], 'DiskId')];
    const { Volumes } = await cloud.ec2.send(new DescribeVolumesCommand({ VolumeIds }));
    assert.equal(Volumes?.[0]?.State, 'available');
  });

  it('is terminated with its stack, which frees its address and leaves a snapshot of its disk', async () => {
    const server = await createServer();
    await cloud.cloudFormation.send(new DeleteStackCommand({ StackName: server.stackId }));
    assert.equal((await settled(cloud, server.stackId)).StackStatus, 'DELETE_COMPLETE');
    assert.equal(await state(server.id), 'terminated');
    const { NetworkInterfaces } = await cloud.ec2.send(new DescribeNetworkInterfacesCommand({}));
    assert.ok(!NetworkInterfaces?.some(({ PrivateIpAddress }) => PrivateIpAddress === server.outputs['Address']));
    const Filters = [{ Name: 'volume-id', Values: [present(server.outputs['DiskId'], 'DiskId')] }];
    const { Snapshots } = await cloud.ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'], Filters }));
    assert.deepEqual(
      Snapshots?.map(({ VolumeSize, Encrypted }) => ({ VolumeSize, Encrypted })),
      [{ VolumeSize: 7, Encrypted: true }],
    );
  });
});
