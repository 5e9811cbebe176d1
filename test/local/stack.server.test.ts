/** One machine's cloud is real where it counts: stacks are brokers that serve, power and deletion reach them, names follow. */
import assert from 'node:assert/strict';
import { Resolver } from 'node:dns/promises';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { DeleteStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeInstancesCommand, StartInstancesCommand, StopInstancesCommand } from '@aws-sdk/client-ec2';
import { DescribeTargetHealthCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { closeAws, type LocalAws, localAws } from '../../local/aws-clients.ts';
import { probeMetadata } from '../../local/metadata-probe.ts';
import { type LocalStack, startLocal } from '../../local/stack.ts';
import { until } from '../../local/until.ts';

const WITHIN = { withinMs: 60_000 };
const RECORD = 'kafka.orders.example.com';
const TOPIC = 'orders';

describe('a local run', () => {
  let local: LocalStack;
  let aws: LocalAws;
  let blue: { readonly stackId: string; readonly outputs: Record<string, string> };
  let resolver: Resolver;

  before(async () => {
    local = await startLocal();
    aws = localAws(local.awsEndpoint);
    resolver = new Resolver();
    resolver.setServers([local.dns.resolver]);
    blue = await local.createCluster({ stack: 'kafka-orders-a', kafkaVersion: '3.9.2', metadataMode: 'zookeeper' });
    await local.pointRecord(RECORD, output('BootstrapDnsName'), 10);
  });
  after(async () => {
    if (aws !== undefined) closeAws(aws);
    await local?.stop();
  });

  function output(name: string): string {
    const value = blue.outputs[name];
    assert.ok(value !== undefined, `The stack has no output ${name}.`);
    return value;
  }

  async function frontDoor(): Promise<string> {
    const [address] = await resolver.resolve4(RECORD);
    assert.ok(address !== undefined);
    return address;
  }

  async function withKafka<T>(use: (kafka: Kafka) => Promise<T>): Promise<T> {
    const brokers = [`${await frontDoor()}:9092`];
    return use(new Kafka({ clientId: 'test', brokers, logLevel: logLevel.NOTHING }));
  }

  async function instanceIds(): Promise<string[]> {
    const Filters = [
      { Name: 'tag:KafkaCluster', Values: ['kafka-orders-a'] },
      { Name: 'instance-state-name', Values: ['running', 'stopping', 'stopped'] },
    ];
    const { Reservations = [] } = await aws.ec2.send(new DescribeInstancesCommand({ Filters }));
    return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ InstanceId = '' }) => InstanceId));
  }

  async function targetStates(): Promise<string[]> {
    const request = new DescribeTargetHealthCommand({ TargetGroupArn: output('TargetGroupArn') });
    const { TargetHealthDescriptions = [] } = await aws.elb.send(request);
    return TargetHealthDescriptions.map(({ TargetHealth }) => TargetHealth?.State ?? '');
  }

  const allTargets = (state: string) => async () => {
    const states = await targetStates();
    return states.length === 3 && states.every(seen => seen === state);
  };

  async function ends(): Promise<string[]> {
    return withKafka(async kafka => {
      const admin = kafka.admin();
      await admin.connect();
      try {
        const offsets = await admin.fetchTopicOffsets(TOPIC);
        return offsets.toSorted((a, b) => a.partition - b.partition).map(({ high }) => high);
      } finally {
        await admin.disconnect();
      }
    });
  }

  /** Processes of this run whose command line has this text. */
  async function processesWith(text: string): Promise<number[]> {
    const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
    const found = [];
    for (const pid of pids) {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (command.includes(join(local.directory, 'brokers')) && command.includes(text)) found.push(Number(pid));
    }
    return found;
  }

  test("a stack's brokers are healthy targets, and each of them is reached through the name of the service", async () => {
    await until('Three targets are healthy', allTargets('healthy'), WITHIN);
    const answer = await probeMetadata(await frontDoor(), 9092);
    assert.deepEqual(answer?.brokerIds, [1, 2, 3]);
    const hosts = await readFile(local.hostsFile, 'utf8');
    assert.match(hosts, new RegExp(`^${await frontDoor()} ${RECORD}$`, 'm'));
    const tool = await local.runKafkaTool('3.9.2', 'org.apache.kafka.tools.TopicCommand', [
      '--bootstrap-server',
      `${RECORD}:9092`,
      '--create',
      '--topic',
      TOPIC,
      '--partitions',
      '3',
    ]);
    assert.equal(tool.code, 0, tool.stderr);
  });

  test('a broker that is killed comes back by itself, although ZooKeeper still has its old session', async () => {
    const [pid] = await processesWith('kafka.Kafka');
    assert.ok(pid !== undefined);
    process.kill(pid, 'SIGKILL');
    await until('Every broker knows all three again', async () => (await knownByAll()) === '1,2,3 1,2,3 1,2,3', WITHIN);
    assert.equal((await processesWith('kafka.Kafka')).includes(pid), false);
  });

  async function knownByAll(): Promise<string> {
    const subnets = [16, 32, 48];
    const answers = await Promise.all(
      subnets.map(third => probeMetadata(`127.${local.network.octet}.${third}.10`, 9092)),
    );
    return answers.map(answer => answer?.brokerIds.join(',') ?? 'silent').join(' ');
  }

  test('stopped instances have no processes and are no targets, and started again they have their records', async () => {
    await withKafka(async kafka => {
      const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
      await producer.connect();
      const messages = [0, 1, 2].map(partition => ({ partition, value: 'kept' }));
      await producer.send({ topic: TOPIC, messages });
      await producer.disconnect();
    });
    const InstanceIds = await instanceIds();
    await aws.ec2.send(new StopInstancesCommand({ InstanceIds }));
    await until('No broker runs', async () => (await processesWith('kafka.Kafka')).length === 0, WITHIN);
    await until('No target is in use', allTargets('unused'), WITHIN);
    await aws.ec2.send(new StartInstancesCommand({ InstanceIds }));
    await until('Three targets are healthy', allTargets('healthy'), WITHIN);
    await until('Every broker knows all three again', async () => (await knownByAll()) === '1,2,3 1,2,3 1,2,3', WITHIN);
    const kept = async () => (await ends().catch(() => [])).join(' ') === '1 1 1';
    await until('Every partition has its record', kept, WITHIN);
  });

  test('a Kafka version that no image has rolls its stack back with the reason', async () => {
    await assert.rejects(
      local.createCluster({ stack: 'kafka-orders-c', kafkaVersion: '9.9.9', metadataMode: 'kraft' }),
      /kafka-orders-c is ROLLBACK_COMPLETE.*Kafka 9\.9\.9 is not installed in this image; it has 3\.9\.2 and 4\.3\.1/,
    );
  });

  test('a broker whose version has no such metadata mode rolls its stack back with what Kafka said', async () => {
    await assert.rejects(
      local.createCluster({ stack: 'kafka-orders-d', kafkaVersion: '4.3.1', metadataMode: 'zookeeper' }),
      /kafka-orders-d is ROLLBACK_COMPLETE.*Kafka ended \(exit code 1\).*process\.roles/,
    );
  });

  test('a second run beside the first has a network, a cloud and names of its own', async () => {
    const other = await startLocal();
    try {
      assert.notEqual(other.network.octet, local.network.octet);
      const elsewhere = new Resolver();
      elsewhere.setServers([other.dns.resolver]);
      await assert.rejects(elsewhere.resolve4(RECORD), { code: 'ENOTFOUND' });
    } finally {
      await other.stop();
    }
    assert.deepEqual(
      (await readdir(other.directory)).filter(name => !name.endsWith('.log')),
      [],
    );
  });

  test('a deleted stack leaves no process, no disk and no name', async () => {
    const disks = async () => (await readdir(join(local.directory, 'brokers'))).filter(name => name.startsWith('i-'));
    assert.equal((await disks()).length, 3);
    await aws.cloudFormation.send(new DeleteStackCommand({ StackName: blue.stackId }));
    await until('The stack is deleted', async () => (await stackStatus()) === 'DELETE_COMPLETE', WITHIN);
    await until('No broker runs', async () => (await processesWith('kafka.Kafka')).length === 0, WITHIN);
    await until('No disk is left', async () => (await disks()).length === 0, WITHIN);
    const authority = new Resolver();
    authority.setServers([local.dns.authority]);
    await until('Its load balancer has no address', () => absent(authority, output('BootstrapDnsName')), WITHIN);
  });

  async function stackStatus(): Promise<string | undefined> {
    const { Stacks } = await aws.cloudFormation.send(new DescribeStacksCommand({ StackName: blue.stackId }));
    return Stacks?.[0]?.StackStatus;
  }
});

async function absent(resolver: Resolver, name: string): Promise<boolean> {
  try {
    await resolver.resolve4(name);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOTFOUND';
  }
}

test('a run is refused where TEMPORAL_ADDRESS points away from this machine', async () => {
  process.env['TEMPORAL_ADDRESS'] = 'temporal.example.com:7233';
  try {
    await assert.rejects(startLocal(), /TEMPORAL_ADDRESS is temporal\.example\.com:7233, which is not on this machine/);
  } finally {
    delete process.env['TEMPORAL_ADDRESS'];
  }
});
