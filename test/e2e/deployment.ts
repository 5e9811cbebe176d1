/** A whole deployment on the local stack, for tests: blue with some topics and a group, and the run's own client. */
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { Kafka, logLevel } from 'kafkajs';
import type { LoadBalancerName } from '../../aws/record.ts';
import type { MessageName } from '../../contract/messages.ts';
import type { Plan } from '../../contract/plan.ts';
import type { Report } from '../../contract/report.ts';
import type { Status } from '../../contract/status.ts';
import type { LocalStack } from '../../local/stack.ts';
import { until } from '../../local/until.ts';

export const RECORD = 'kafka.orders.example.com';
export const BLUE = 'kafka-orders-a';
export const GREEN = 'kafka-orders-b';
export const WORKFLOW_ID = 'kafka-bluegreen-orders';

/** Short waits: no client of these tests caches longer. */
export const request = {
  cluster: 'orders',
  record: RECORD,
  requestedBy: 'ada',
  blue: { stack: BLUE },
  green: { stack: GREEN, parameters: { KafkaVersion: '4.3.1', MetadataMode: 'kraft' } },
  ttl: '1s',
  settle: { clientCache: '1s', quiet: '2s' },
  drain: { sweeps: 2, every: '1s' },
  bake: '1s',
  keepStopped: '1s',
} as const;

/** Makes the service's record lead to a load balancer. */
export type PointRecord = (at: LoadBalancerName) => Promise<void>;

/** Blue in service: the stack, its record, topics with records, and a group that has read all of them and stopped. */
export async function bringUpBlue(
  local: LocalStack,
  point: PointRecord = ({ dnsName }) => local.pointRecord(RECORD, dnsName, 2),
): Promise<{ readonly bootstrap: string }> {
  const blue = await local.createCluster({ stack: BLUE, kafkaVersion: '3.9.2', metadataMode: 'zookeeper' });
  const { BootstrapDnsName: dnsName = '', BootstrapHostedZoneId: hostedZoneId = '' } = blue.outputs;
  await point({ dnsName, hostedZoneId });
  const bootstrap = blue.outputs['BootstrapServers'] ?? '';
  const kafka = new Kafka({
    clientId: 'seed',
    brokers: [await addressOf(local, bootstrap)],
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    waitForLeaders: true,
    timeout: 30_000,
    topics: [
      { topic: 'orders', numPartitions: 3, configEntries: [{ name: 'retention.ms', value: '604800000' }] },
      { topic: 'payments', numPartitions: 2 },
    ],
  });
  const producer = kafka.producer();
  await producer.connect();
  for (const topic of ['orders', 'payments'])
    await producer.send({ topic, messages: Array.from({ length: 50 }, (_, i) => ({ key: `k${i}`, value: `v${i}` })) });
  await producer.disconnect();
  const offsets = await Promise.all(
    ['orders', 'payments'].map(async topic => ({ topic, partitions: await admin.fetchTopicOffsets(topic) })),
  );
  for (const { topic, partitions } of offsets)
    await admin.setOffsets({
      groupId: 'billing',
      topic,
      partitions: partitions.map(p => ({ partition: p.partition, offset: p.high })),
    });
  await admin.disconnect();
  return { bootstrap };
}

/** The load balancer's address: this process does not look names up in the stack's resolver. */
export async function addressOf(local: LocalStack, hostPort: string): Promise<string> {
  const [host = '', port = ''] = hostPort.split(':');
  const { Resolver } = await import('node:dns/promises');
  const resolver = new Resolver();
  resolver.setServers([local.dns.resolver]);
  const [address = host] = await resolver.resolve4(host);
  return `${address}:${port}`;
}

/** One run of the workflow, watched and spoken to as an operator would. */
export class Operator {
  readonly #client: Client;
  readonly #connection: Connection;

  private constructor(connection: Connection) {
    this.#connection = connection;
    this.#client = new Client({ connection });
  }

  static async connect(local: LocalStack): Promise<Operator> {
    return new Operator(await Connection.connect({ address: local.temporal.address }));
  }

  async start(input: object): Promise<void> {
    await this.#client.workflow.start('BlueGreenWorkflow', {
      taskQueue: 'kafka-bluegreen',
      workflowId: WORKFLOW_ID,
      args: [input],
    });
  }

  /** Preflight alone. */
  plan(input: object): Promise<Plan> {
    return this.#client.workflow.execute('PlanWorkflow', {
      taskQueue: 'kafka-bluegreen',
      workflowId: 'kafka-bluegreen-plan-orders',
      args: [input],
    });
  }

  /** Sends a message as an update; answers with its sentence. */
  tell(name: MessageName, message: object): Promise<string> {
    return this.handle.executeUpdate<string, [object]>(name, { args: [{ by: 'grace', ...message }] });
  }

  /** How the run failed: the type and the sentence. */
  async failure(): Promise<{ readonly type: string | null | undefined; readonly message: string }> {
    try {
      await this.handle.result();
    } catch (error) {
      if (error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure)
        return { type: error.cause.type, message: error.cause.message };
      throw error;
    }
    throw new Error('The run did not fail.');
  }

  get handle() {
    return this.#client.workflow.getHandle<() => Promise<Report>>(WORKFLOW_ID);
  }

  status(): Promise<Status> {
    return this.handle.query<Status>('status');
  }

  /** The run's report as it stands, also when the run has ended without a result. */
  report(): Promise<Report> {
    return this.handle.query<Report>('report');
  }

  /** The Markdown that the Web UI shows for the run. */
  async currentDetails(): Promise<string> {
    const metadata = await this.handle.query<{ readonly currentDetails?: string }>('__temporal_workflow_metadata');
    return metadata.currentDetails ?? '';
  }

  /** Waits for the gate and approves it. */
  async approve(gate: 'flip' | 'bake' | 'decommission', withinMs = 180_000): Promise<void> {
    await this.until(
      `the run waits for ${gate}`,
      s => s.waitingFor?.kind === 'gate' && s.waitingFor.gate === gate,
      withinMs,
    );
    await this.tell('approve', { gate });
  }

  /** Waits until the step is at work: its activity is scheduled and has not ended. */
  async untilStep(name: string, withinMs = 180_000): Promise<void> {
    let ended: string | null = null;
    let atWork: readonly (string | null | undefined)[] = [];
    await until(
      `${name} is at work`,
      async () => {
        const { raw, status } = await this.handle.describe();
        if (status.name !== 'RUNNING') ended = `the run ended: ${status.name}`;
        atWork = (raw.pendingActivities ?? []).map(activity => activity.activityType?.name);
        return atWork.includes(name);
      },
      { withinMs, everyMs: 30, failed: () => ended, seen: () => `at work: ${atWork.join(', ') || 'none'}` },
    );
  }

  async until(what: string, condition: (status: Status) => boolean, withinMs = 180_000): Promise<Status> {
    let last: Status | null = null;
    let ended: string | null = null;
    await until(
      what,
      async () => {
        const description = await this.handle.describe();
        if (description.status.name !== 'RUNNING' && last !== null) ended = description.status.name;
        last = await this.status();
        return condition(last);
      },
      {
        withinMs,
        everyMs: 300,
        seen: () => JSON.stringify({ phase: last?.phase, waitingFor: last?.waitingFor, attention: last?.attention }),
        failed: () =>
          ended === null
            ? null
            : `the run ended ${ended}: ${JSON.stringify(last?.phases.filter(p => p.state === 'failed'))}`,
      },
    );
    if (last === null) throw new Error(`${what}: no status was seen`);
    return last;
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
