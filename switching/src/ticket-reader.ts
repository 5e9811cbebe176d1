/**
 * Reads one group's ticket, over a connection that is kept while a deployment is going on. What it cannot read it says so; it
 * never says that there is none because nobody answered.
 */
import { type Admin, Kafka } from 'kafkajs';
import { type BlueGreenOptions, kafkaConfig } from './options.ts';
import type { ClusterId } from './signpost.ts';
import { parseTicket, TICKET_TOPIC } from './ticket.ts';
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

  async read(cluster: Cluster): Promise<SeenTicket> {
    try {
      const admin = await this.#connectedTo(cluster);
      const [topic] = await admin.fetchOffsets({ groupId: this.#groupId, topics: [TICKET_TOPIC] });
      return parseTicket(topic?.partitions.find(({ partition }) => partition === 0)?.metadata ?? '');
    } catch (error) {
      if (isUnknownTopic(error)) return { kind: 'none' };
      await this.close();
      return { kind: 'unreadable', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  async close(): Promise<void> {
    const admin = this.#connected?.admin;
    this.#connected = null;
    await admin?.disconnect();
  }

  async #connectedTo(cluster: Cluster): Promise<Admin> {
    const { id, address } = cluster;
    const known = this.#connected;
    if (known?.cluster.id === id && known.cluster.address === address) return known.admin;
    await this.close();
    const admin = new Kafka({ ...kafkaConfig(this.#options, [address]), retry: RETRY }).admin();
    try {
      await admin.connect();
      const { clusterId } = await admin.describeCluster();
      if (clusterId !== id) throw new Error(`cluster ${clusterId} answered at ${address}, where ${id} was expected`);
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
