/**
 * Reads one group's ticket, over a connection that is kept while a deployment is going on. What it cannot read it says so; it
 * never says that there is none because nobody answered.
 */
import { type Admin, Kafka } from 'kafkajs';
import { asError } from './errors.ts';
import { type BlueGreenOptions, kafkaConfig } from './options.ts';
import type { ClusterId } from './signpost.ts';
import { parseTicket, TICKET_TOPIC } from './ticket.ts';
import { unlessAborted } from './timing.ts';
import type { SeenTicket } from './where-to-read.ts';

interface Cluster {
  readonly id: ClusterId;
  /** `host:port` */
  readonly address: string;
}

const RETRY = { retries: 1, initialRetryTime: 100 } as const;

export class TicketReader {
  readonly #options: BlueGreenOptions;
  readonly #groupId: string;
  #connected: { readonly cluster: Cluster; readonly admin: Admin } | null = null;

  constructor(options: BlueGreenOptions, groupId: string) {
    this.#options = options;
    this.#groupId = groupId;
  }

  async read(cluster: Cluster, signal: AbortSignal): Promise<SeenTicket> {
    try {
      return await unlessAborted(this.#read(cluster, signal), signal);
    } catch (error) {
      if (isUnknownTopic(error)) return { kind: 'none' };
      // Who gave up does not wait until kafkajs has: it closes no connection before its answers or their time-outs.
      const closed = this.close();
      if (!signal.aborted) await closed;
      return { kind: 'unreadable', reason: asError(error).message };
    }
  }

  async close(): Promise<void> {
    const admin = this.#connected?.admin;
    this.#connected = null;
    await admin?.disconnect();
  }

  async #read(cluster: Cluster, signal: AbortSignal): Promise<SeenTicket> {
    const admin = await this.#connectedTo(cluster, signal);
    const [topic] = await admin.fetchOffsets({ groupId: this.#groupId, topics: [TICKET_TOPIC] });
    return parseTicket(topic?.partitions.find(({ partition }) => partition === 0)?.metadata ?? '');
  }

  async #connectedTo(cluster: Cluster, signal: AbortSignal): Promise<Admin> {
    const { id, address } = cluster;
    const known = this.#connected;
    if (known?.cluster.id === id && known.cluster.address === address) return known.admin;
    await this.close();
    const admin = new Kafka({ ...kafkaConfig(this.#options, [address]), retry: RETRY }).admin();
    try {
      await admin.connect();
      const { clusterId } = await admin.describeCluster();
      if (clusterId !== id) throw new Error(`cluster ${clusterId} answered at ${address}, where ${id} was expected`);
      signal.throwIfAborted();
    } catch (error) {
      await admin.disconnect();
      throw error;
    }
    this.#connected = { cluster, admin };
    return admin;
  }
}

function isUnknownTopic(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('type' in error && error.type === 'UNKNOWN_TOPIC_OR_PARTITION') || isUnknownTopic(error.cause);
}
