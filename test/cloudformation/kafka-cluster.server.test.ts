/**
 * The template makes a cluster of any size in either mode: every broker with an address, a disk and the one line its
 * image boots from; refuses what could not become a cluster; and leaves nothing behind but snapshots.
 */
import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { DeleteStackCommand, type Stack } from '@aws-sdk/client-cloudformation';
import {
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  type Instance,
} from '@aws-sdk/client-ec2';
import {
  DescribeLoadBalancersCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetHealthCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { projectRoot } from '../../local/project-root.ts';
import {
  type Cloud,
  createNetwork,
  createStack,
  describeStack,
  events,
  type Network,
  openCloud,
  parameters,
  present,
  settled,
  signal,
  uniqueName,
  until,
} from '../local/emulator/cloud.ts';

const TEMPLATE = join(projectRoot(), 'cloudformation/kafka-cluster.yaml');
const CLUSTER_ID = 'MkU3OEVBNTcwNTJENDM2Qg';
const KRAFT = { KafkaVersion: '4.3.1', MetadataMode: 'kraft', ClusterId: CLUSTER_ID };
const ZOOKEEPER = {
  KafkaVersion: '3.9.2',
  MetadataMode: 'zookeeper',
  ZooKeeperConnect: 'zk-1:2181,zk-2:2181/orders-a',
};

type Values = Readonly<Record<string, string>>;

/** The line of user data that /opt/kafka-node/boot gets. */
type Boot = Readonly<Record<string, unknown>> & { readonly brokerId: number; readonly signalUrl: string };

interface Broker {
  readonly instance: Instance;
  readonly boot: Boot;
}

interface Cluster {
  readonly name: string;
  readonly stackId: string;
  readonly brokers: readonly Broker[];
}

describe('the template of a cluster', () => {
  let cloud: Cloud;
  let network: Network;
  let template: string;

  before(async () => {
    cloud = await openCloud();
    network = await createNetwork(cloud);
    template = await readFile(TEMPLATE, 'utf8');
  });
  after(() => cloud.close());

  function create(suffix: string, values: Values): Promise<string> {
    const common = {
      ServiceName: 'kafka-orders',
      Suffix: suffix,
      AmiId: 'ami-0123456789abcdef0',
      VpcId: network.vpcId,
      SubnetIds: network.subnetIds.join(','),
      AvailabilityZones: network.zones.join(','),
      ClientCidr: '10.20.0.0/16',
    };
    return createStack(cloud, template, {
      StackName: `kafka-orders-${suffix}`,
      Parameters: parameters({ ...common, ...values }),
      Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_AUTO_EXPAND'],
    });
  }

  async function launch(values: Values, count: number): Promise<Cluster> {
    const suffix = uniqueName('').slice(1);
    const name = `kafka-orders-${suffix}`;
    const stackId = await create(suffix, values);
    const instances = await until(`${count} instances of ${name}`, async () => {
      const found = await instancesOf(name);
      return found.length === count ? found : undefined;
    });
    const brokers = await Promise.all(instances.map(async instance => ({ instance, boot: await bootOf(instance) })));
    return { name, stackId, brokers: brokers.toSorted((a, b) => a.boot.brokerId - b.boot.brokerId) };
  }

  async function instancesOf(name: string): Promise<Instance[]> {
    const Filters = [
      { Name: 'tag:KafkaCluster', Values: [name] },
      { Name: 'instance-state-name', Values: ['running'] },
    ];
    const { Reservations } = await cloud.ec2.send(new DescribeInstancesCommand({ Filters }));
    return (Reservations ?? []).flatMap(({ Instances }) => Instances ?? []);
  }

  async function bootOf({ InstanceId }: Instance): Promise<Boot> {
    const request = new DescribeInstanceAttributeCommand({ InstanceId, Attribute: 'userData' });
    const { UserData } = await cloud.ec2.send(request);
    const script = Buffer.from(present(UserData?.Value, 'user data'), 'base64').toString();
    const [line] = present(/^\{.*\}$/m.exec(script), `line of JSON in ${script}`);
    return JSON.parse(line);
  }

  async function complete({ stackId, brokers }: Cluster): Promise<Stack> {
    for (const { boot } of brokers) {
      await signal(boot.signalUrl, { Status: 'SUCCESS', UniqueId: `broker-${boot.brokerId}`, Reason: 'serves' });
    }
    const stack = await settled(cloud, stackId);
    assert.equal(stack.StackStatus, 'CREATE_COMPLETE');
    return stack;
  }

  async function remove({ stackId }: Cluster): Promise<void> {
    await cloud.cloudFormation.send(new DeleteStackCommand({ StackName: stackId }));
    assert.equal((await settled(cloud, stackId)).StackStatus, 'DELETE_COMPLETE');
  }

  for (const ids of [
    [1, 2, 3],
    [1, 2, 3, 4, 99],
  ]) {
    for (const [mode, values] of Object.entries({ kraft: KRAFT, zookeeper: ZOOKEEPER })) {
      it(`gives each of ${ids.length} brokers with ${mode} its id, its address and what it boots from`, async () => {
        const cluster = await launch({ ...values, BrokerIds: ids.join(',') }, ids.length);
        assert.deepEqual(
          cluster.brokers.map(({ boot }) => boot.brokerId),
          ids,
        );
        const voters = cluster.brokers
          .slice(0, 3)
          .map(({ instance }, index) => `${index + 1}@${instance.PrivateIpAddress}:9093`);
        for (const { instance, boot } of cluster.brokers) {
          const { signalUrl, ...rest } = boot;
          assert.match(signalUrl, /^https?:\/\//);
          assert.deepEqual(rest, {
            'kafka-node': 1,
            kafkaVersion: values.KafkaVersion,
            metadataMode: mode,
            brokerId: boot.brokerId,
            ...(mode === 'kraft' && { controllers: voters.join(','), clusterId: CLUSTER_ID }),
            ...(mode === 'zookeeper' && { zooKeeperConnect: ZOOKEEPER.ZooKeeperConnect }),
            address: instance.PrivateIpAddress,
            clusterName: cluster.name,
            rackId: instance.Placement?.AvailabilityZone,
          });
          const subnet = (boot.brokerId - 1) % network.subnetIds.length;
          assert.equal(instance.SubnetId, network.subnetIds[subnet]);
        }
        assert.equal(new Set(cluster.brokers.map(({ boot }) => boot['address'])).size, ids.length);

        const outputs = outputsOf(await complete(cluster));
        assert.equal(outputs['BrokerCount'], String(ids.length));
        assert.equal(outputs['ClusterId'], mode === 'kraft' ? CLUSTER_ID : undefined);
        assert.equal(outputs['KafkaVersion'], values.KafkaVersion);
        assert.equal(outputs['MetadataMode'], mode);

        await remove(cluster);
        assert.deepEqual(await instancesOf(cluster.name), []);
        const Filters = [{ Name: 'tag:KafkaCluster', Values: [cluster.name] }];
        assert.deepEqual((await cloud.ec2.send(new DescribeVolumesCommand({ Filters }))).Volumes, []);
        const { Snapshots } = await cloud.ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'], Filters }));
        assert.equal(Snapshots?.length, ids.length);
      });
    }
  }

  it('puts an internal load balancer in front of brokers 1, 2 and 3 that ends connections with its targets', async () => {
    const cluster = await launch({ ...KRAFT, BrokerIds: '1,2,3,4' }, 4);
    const outputs = outputsOf(await complete(cluster));
    const LoadBalancerArns = [present(outputs['LoadBalancerArn'], 'LoadBalancerArn')];
    const [door] =
      (await cloud.loadBalancing.send(new DescribeLoadBalancersCommand({ LoadBalancerArns }))).LoadBalancers ?? [];
    assert.deepEqual([door?.Type, door?.Scheme, door?.LoadBalancerName], ['network', 'internal', cluster.name]);
    assert.equal(outputs['BootstrapDnsName'], door?.DNSName);
    assert.equal(outputs['BootstrapServers'], `${door?.DNSName}:9092`);
    assert.equal(outputs['BootstrapHostedZoneId'], door?.CanonicalHostedZoneId);

    const TargetGroupArn = outputs['TargetGroupArn'];
    const health = await cloud.loadBalancing.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
    assert.deepEqual(
      health.TargetHealthDescriptions?.map(({ Target }) => Target),
      cluster.brokers.slice(0, 3).map(({ instance }) => ({ Id: instance.InstanceId, Port: 9092 })),
    );
    const attributes = await cloud.loadBalancing.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn }));
    const read = Object.fromEntries(
      (attributes.Attributes ?? []).map(({ Key, Value }) => [present(Key, 'Key'), Value]),
    );
    assert.equal(read['deregistration_delay.connection_termination.enabled'], 'true');
    assert.ok(Number(read['deregistration_delay.timeout_seconds']) <= 10);
    await remove(cluster);
  });

  it('encrypts every disk, demands session tokens of the metadata service and opens nothing to the world', async () => {
    const cluster = await launch(KRAFT, 3);
    const ids = cluster.brokers.map(({ instance }) => present(instance.InstanceId, 'InstanceId'));
    const attached = [{ Name: 'attachment.instance-id', Values: ids }];
    const { Volumes } = await cloud.ec2.send(new DescribeVolumesCommand({ Filters: attached }));
    assert.equal(Volumes?.length, 6);
    for (const volume of Volumes ?? []) assert.equal(volume.Encrypted, true, `${volume.VolumeId} is encrypted`);

    const versions = new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: cluster.name, Versions: ['1'] });
    const { LaunchTemplateVersions } = await cloud.ec2.send(versions);
    const options = LaunchTemplateVersions?.[0]?.LaunchTemplateData?.MetadataOptions;
    assert.deepEqual([options?.HttpTokens, options?.HttpPutResponseHopLimit], ['required', 1]);

    const Filters = [{ Name: 'vpc-id', Values: [network.vpcId] }];
    const { SecurityGroups } = await cloud.ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
    const own = (SecurityGroups ?? []).filter(({ GroupName }) => GroupName?.startsWith(`${cluster.name}-`));
    const roles = own.map(({ GroupName }) => GroupName?.slice(cluster.name.length + 1));
    assert.deepEqual(new Set(roles), new Set(['broker', 'front', 'member']));
    for (const { IpPermissions } of own) {
      for (const { IpRanges } of IpPermissions ?? []) {
        for (const { CidrIp } of IpRanges ?? []) assert.equal(CidrIp, '10.20.0.0/16');
      }
    }
    await remove(cluster);
  });

  it('frees every address of a deleted cluster', async () => {
    await remove(await launch(KRAFT, 3));
    const { NetworkInterfaces } = await cloud.ec2.send(new DescribeNetworkInterfacesCommand({}));
    assert.ok(!NetworkInterfaces?.some(({ VpcId }) => VpcId === network.vpcId));
  });

  it('rolls back, with the reason, when a broker says that it cannot serve', async () => {
    const { stackId, brokers } = await launch(KRAFT, 3);
    const Reason = 'Kafka ended with code 1';
    await signal(present(brokers[1], 'broker').boot.signalUrl, { Status: 'FAILURE', UniqueId: 'broker-2', Reason });
    assert.equal((await settled(cloud, stackId)).StackStatus, 'ROLLBACK_COMPLETE');
    const failed = (await events(cloud, stackId)).find(event => event.ResourceStatus === 'CREATE_FAILED');
    assert.match(failed?.ResourceStatusReason ?? '', /Kafka ended with code 1/);
  });

  it('ignores what belongs to the other mode, so that green can begin with the parameters of blue', async () => {
    const kraft = await launch({ ...ZOOKEEPER, ...KRAFT }, 3);
    const zooKeeper = await launch({ ...KRAFT, ...ZOOKEEPER }, 3);
    for (const { boot } of kraft.brokers) assert.equal(boot['zooKeeperConnect'], undefined);
    for (const { boot } of zooKeeper.brokers) assert.equal(boot['clusterId'], undefined);
    assert.equal(outputsOf(await complete(zooKeeper))['ClusterId'], undefined);
    await remove(zooKeeper);
    await remove(kraft);
  });

  it('stands for blue and green side by side, with no name and no address in common', async () => {
    const blue = await launch(ZOOKEEPER, 3);
    const green = await launch(KRAFT, 3);
    const addresses = [...blue.brokers, ...green.brokers].map(({ boot }) => boot['address']);
    assert.equal(new Set(addresses).size, 6);
    await complete(blue);
    await complete(green);
    await remove(blue);
    assert.equal((await describeStack(cloud, green.stackId)).StackStatus, 'CREATE_COMPLETE');
    assert.equal((await instancesOf(green.name)).length, 3);
    await remove(green);
  });

  const refusals: readonly (readonly [string, Values, RegExp])[] = [
    ['fewer than three brokers', { ...KRAFT, BrokerIds: '1,2' }, /has to contain 1, 2 and 3/],
    ['brokers without the three that lead', { ...KRAFT, BrokerIds: '4,5,6' }, /has to contain 1, 2 and 3/],
    ['a broker id that is no number', { ...KRAFT, BrokerIds: '1,2,3,x' }, /BrokerIds/],
    ['two brokers of one id', { ...KRAFT, BrokerIds: '1,2,3,3' }, /3/],
    ['ZooKeeper without a chroot', { ...ZOOKEEPER, ZooKeeperConnect: 'zk-1:2181,zk-2:2181' }, /ZooKeeperConnect/],
    ['ZooKeeper with the root as its chroot', { ...ZOOKEEPER, ZooKeeperConnect: 'zk-1:2181/' }, /ZooKeeperConnect/],
    ['ZooKeeper without an ensemble', { ...ZOOKEEPER, ZooKeeperConnect: '' }, /needs a ZooKeeperConnect/],
    ['KRaft without a cluster id', { ...KRAFT, ClusterId: '' }, /needs a ClusterId/],
    ['a cluster id of another length', { ...KRAFT, ClusterId: 'short' }, /ClusterId/],
    ['a suffix with a dash', { ...KRAFT, Suffix: 'a-b' }, /Suffix/],
    ['zones that are not those of the subnets', { ...KRAFT, AvailabilityZones: 'us-east-1x' }, /AvailabilityZones/],
  ];
  for (const [what, values, reason] of refusals) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(create(uniqueName('').slice(1), values), { name: 'ValidationError', message: reason });
    });
  }

  it('fits into one request', async () => {
    assert.ok((await stat(TEMPLATE)).size < 51_200);
  });
});

function outputsOf(stack: Stack): Record<string, string> {
  const pairs = (stack.Outputs ?? []).map(o => [present(o.OutputKey, 'key'), present(o.OutputValue, 'value')] as const);
  return Object.fromEntries(pairs);
}
