/** What a person would look at beside the run: clusters by kafkajs, names and stacks by the AWS SDK. None of it is the run's own code. */
import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { ListResourceRecordSetsCommand, type ResourceRecordSet } from '@aws-sdk/client-route-53';
import kafkajs, { type Admin, Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { closeAws, type LocalAws, localAws } from '../../local/aws-clients.ts';
import type { LocalStack } from '../../local/stack.ts';
import { until } from '../../local/until.ts';
import { addressOf, RECORD } from './deployment.ts';

export class Eyes {
  readonly #local: LocalStack;
  readonly aws: LocalAws;

  constructor(local: LocalStack) {
    this.#local = local;
    this.aws = localAws(local.awsEndpoint);
  }

  close(): void {
    closeAws(this.aws);
  }

  /** The stack's status word, `absent` when there is none of that name. */
  async stackStatus(stack: string): Promise<string> {
    try {
      const { Stacks } = await this.aws.cloudFormation.send(new DescribeStacksCommand({ StackName: stack }));
      return Stacks?.[0]?.StackStatus ?? 'absent';
    } catch (error) {
      if (error instanceof Error && /does not exist/.test(error.message)) return 'absent';
      throw error;
    }
  }

  /** An ordinary client of the stack's cluster, through its load balancer. */
  async kafka(stack: string, clientId = 'eyes'): Promise<Kafka> {
    const address = await addressOf(this.#local, await this.bootstrap(stack));
    return new Kafka({ clientId, brokers: [address], logLevel: logLevel.NOTHING });
  }

  /** Host and port of the stack's load balancer. */
  async bootstrap(stack: string): Promise<string> {
    const { Stacks } = await this.aws.cloudFormation.send(new DescribeStacksCommand({ StackName: stack }));
    const bootstrap = Stacks?.[0]?.Outputs?.find(o => o.OutputKey === 'BootstrapServers')?.OutputValue;
    if (bootstrap === undefined) throw new Error(`Stack ${stack} has no output BootstrapServers.`);
    return bootstrap;
  }

  async admin<T>(stack: string, use: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = (await this.kafka(stack)).admin();
    await admin.connect();
    try {
      return await use(admin);
    } finally {
      await admin.disconnect();
    }
  }

  async producing<T>(stack: string, use: (producer: Producer) => Promise<T>): Promise<T> {
    const kafka = await this.kafka(stack);
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, retry: { retries: 2 } });
    await producer.connect();
    try {
      return await use(producer);
    } finally {
      await producer.disconnect();
    }
  }

  async write(stack: string, topic: string, count: number): Promise<void> {
    const messages = Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: `written by a test, ${i}` }));
    await this.producing(stack, producer => producer.send({ topic, messages }));
  }

  /** Creates a topic and waits until its partitions are led: a busy cluster knows of it some moments later. */
  createTopic(stack: string, topic: string): Promise<void> {
    return this.admin(stack, async admin => {
      await admin.createTopics({ waitForLeaders: false, timeout: 30_000, topics: [{ topic }] });
      const led = async () => {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
        return topics.every(t => t.partitions.length > 0 && t.partitions.every(p => p.leader >= 0));
      };
      await until(`${topic} is led`, () => led().catch(() => false), { withinMs: 60_000 });
    });
  }

  /** What is set on each topic itself, by topic. */
  topicConfigs(stack: string): Promise<Record<string, Record<string, string>>> {
    return this.admin(stack, async admin => {
      const names = (await admin.listTopics()).filter(name => !name.startsWith('__')).toSorted();
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: names.map(name => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
      });
      return Object.fromEntries(
        resources.map(({ resourceName, configEntries }) => [
          resourceName,
          Object.fromEntries(
            configEntries
              .filter(e => e.configSource === kafkajs.ConfigSource.TOPIC_CONFIG)
              .map(e => [e.configName, e.configValue]),
          ),
        ]),
      );
    });
  }

  /** As an administrator would by hand, with Kafka's own tool; null takes the key off the topic. */
  async setTopicConfig(stack: string, topic: string, key: string, value: string | null): Promise<void> {
    const change = value === null ? ['--delete-config', key] : ['--add-config', `${key}=${value}`];
    const { code, stderr } = await this.#local.runKafkaTool('3.9.2', 'kafka.admin.ConfigCommand', [
      '--bootstrap-server',
      await this.bootstrap(stack),
      '--alter',
      '--topic',
      topic,
      ...change,
    ]);
    if (code !== 0) throw new Error(`${key} of ${topic} could not be changed: ${stderr.slice(0, 500)}`);
  }

  /** Commits the group at each end of the topic, less `behind` on partition 0. */
  commitAtEnds(stack: string, groupId: string, topic: string, behind = 0): Promise<void> {
    return this.admin(stack, async admin => {
      const ends = await admin.fetchTopicOffsets(topic);
      await admin.setOffsets({
        groupId,
        topic,
        partitions: ends.map(({ partition, high }) => ({
          partition,
          offset: partition === 0 ? String(BigInt(high) - BigInt(behind)) : high,
        })),
      });
    });
  }

  /** The service's record, or another one, as Route 53 has it. */
  async record(name: string = RECORD): Promise<ResourceRecordSet> {
    const leads = ({ Type }: ResourceRecordSet) => Type === 'CNAME' || Type === 'A';
    const found = (await this.#records()).find(set => set.Name === `${name}.` && leads(set));
    if (found === undefined) throw new Error(`${name} has neither a CNAME nor an alias.`);
    return found;
  }

  /** The signpost's keys and values, read as its public description says; null when there is none. */
  async signpost(): Promise<Readonly<Record<string, string>> | null> {
    const value = (await this.signpostSet())?.ResourceRecords?.[0]?.Value;
    if (value === undefined) return null;
    const text = [...value.matchAll(/"([^"]*)"/g)].map(([, part]) => part).join('');
    return Object.fromEntries(text.split(' ').map(pair => pair.split('=') as [string, string]));
  }

  /** The signpost as Route 53 has it. */
  async signpostSet(): Promise<ResourceRecordSet | null> {
    const isSignpost = (set: ResourceRecordSet) => set.Name === `_bluegreen.${RECORD}.` && set.Type === 'TXT';
    return (await this.#records()).find(isSignpost) ?? null;
  }

  async #records(): Promise<readonly ResourceRecordSet[]> {
    const { id } = this.#local.zone;
    const { ResourceRecordSets = [] } = await this.aws.route53.send(
      new ListResourceRecordSetsCommand({ HostedZoneId: id }),
    );
    return ResourceRecordSets;
  }
}
