/**
 * Reads every partition of one cluster from its first record on, read_committed, without a group, until it is stopped.
 * It never skips: a record that is gone before it was read, a damaged batch or a cluster that changed its id ends it for
 * good, and `readToEnd` says so. Lost connections and moved leaders are only delays.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { BrokerConnection } from './broker-connection.ts';
import { committedRecords } from './committed.ts';
import { type LogRecord, readBatches } from './record-batch.ts';
import {
  type ClusterMetadata,
  endOffsetsRequest,
  type FetchedPartition,
  fetchRequest,
  type ListedOffset,
  metadataRequest,
  type PartitionName,
} from './requests.ts';

const METADATA_EVERY_MS = 1_000;
const RETRY_MS = 300;
const LIMITS = { maxWaitMs: 400, maxBytes: 4 * 1024 * 1024, partitionMaxBytes: 512 * 1024 };
/** NOT_LEADER, UNKNOWN_TOPIC, LEADER_NOT_AVAILABLE, fenced epochs and the like pass; OFFSET_OUT_OF_RANGE does not. */
const OFFSET_OUT_OF_RANGE = 1;

export interface LogReaderOptions {
  readonly bootstrap: readonly { readonly host: string; readonly port: number }[];
  /** Topics to read; internals are never read. */
  readonly reads: (topic: string) => boolean;
  readonly onRecord: (topic: string, partition: number, record: LogRecord) => void;
}

interface Position extends PartitionName {
  leader: number;
  next: number;
}

/** A fetch waits for records and a broker answers in order: questions have a connection of their own. */
type Purpose = 'records' | 'questions';

export class LogReader {
  readonly #options: LogReaderOptions;
  readonly #positions = new Map<string, Position>();
  readonly #connections = new Map<string, Promise<BrokerConnection>>();
  readonly #fetching = new Map<number, Promise<void>>();
  readonly #stopping = new AbortController();
  #metadata: ClusterMetadata | null = null;
  #watching: Promise<void> = Promise.resolve();
  #failure: Error | null = null;
  #lastTrouble: string | null = null;

  private constructor(options: LogReaderOptions) {
    this.#options = options;
  }

  /** Starts once the cluster has described itself; reads on in the background. */
  static async start(options: LogReaderOptions): Promise<LogReader> {
    const reader = new LogReader(options);
    await reader.#refresh();
    reader.#watching = reader.#watch();
    return reader;
  }

  get clusterId(): string {
    return this.#metadata?.clusterId ?? '';
  }

  /** Last stable offsets of every partition that is read, as the leaders say now. */
  async ends(): Promise<readonly (PartitionName & { readonly offset: number })[]> {
    return this.#list([...this.#positions.values()]);
  }

  /** Waits until everything that is in the logs now has been read; throws when that cannot happen any more. */
  async readToEnd(deadlineMs: number): Promise<void> {
    const deadline = Date.now() + deadlineMs;
    const ends = await this.#endsBy(deadline);
    for (;;) {
      if (this.#failure) throw this.#failure;
      const behind = ends.filter(end => (this.#positions.get(keyOf(end))?.next ?? 0) < end.offset);
      const [first] = behind;
      if (!first) return;
      if (Date.now() > deadline)
        throw new Error(
          `The auditor has not read ${behind.length} of ${ends.length} partitions to their end within ${deadlineMs} ms, ` +
            `${first.topic}-${first.partition} first. Last trouble: ${this.#lastTrouble ?? 'none'}`,
        );
      await delay(50);
    }
  }

  /** The ends of all partitions, also of topics that are only now there; a leader that moves meanwhile is asked again. */
  async #endsBy(deadline: number): Promise<Awaited<ReturnType<LogReader['ends']>>> {
    for (;;) {
      try {
        await this.#refresh();
        return await this.ends();
      } catch (error) {
        if (this.#failure || Date.now() > deadline) throw this.#failure ?? error;
        await delay(RETRY_MS);
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#closeConnections();
    await Promise.allSettled([this.#watching, ...this.#fetching.values()]);
    await this.#closeConnections();
  }

  async #closeConnections(): Promise<void> {
    const connections = await Promise.allSettled(this.#connections.values());
    for (const result of connections) if (result.status === 'fulfilled') result.value.close();
  }

  get #running(): boolean {
    return !this.#stopping.signal.aborted && this.#failure === null;
  }

  async #watch(): Promise<void> {
    while (this.#running) {
      for (const leader of new Set([...this.#positions.values()].map(p => p.leader)))
        if (!this.#fetching.has(leader) && leader >= 0)
          this.#fetching.set(
            leader,
            this.#fetchFrom(leader).finally(() => this.#fetching.delete(leader)),
          );
      await this.#pause(METADATA_EVERY_MS);
      if (this.#running) await this.#refresh().catch((error: unknown) => this.#trouble(error));
    }
  }

  async #fetchFrom(leader: number): Promise<void> {
    while (this.#running) {
      const wanted = [...this.#positions.values()].filter(position => position.leader === leader);
      if (wanted.length === 0) return;
      try {
        const connection = await this.#connectionTo(leader, 'records');
        const from = wanted.map(({ topic, partition, next }) => ({ topic, partition, offset: next }));
        const answer = await connection.send(fetchRequest(from, LIMITS));
        const refused = answer.partitions.filter(partition => !this.#take(partition));
        if (refused.length > 0) await this.#pause(RETRY_MS);
      } catch (error) {
        this.#trouble(error);
        await this.#pause(RETRY_MS);
      }
    }
  }

  /** Hands on what one partition brought; false when the broker did not answer for it. */
  #take(fetched: FetchedPartition): boolean {
    const position = this.#positions.get(keyOf(fetched));
    if (!position) return false;
    const name = keyOf(fetched);
    if (fetched.errorCode === OFFSET_OUT_OF_RANGE) {
      this.#failure = new Error(
        `${name}: offset ${position.next} was wanted, the log now starts at ${fetched.logStart}. ` +
          'Records were deleted before the auditor read them.',
      );
      return false;
    }
    if (fetched.errorCode !== 0) {
      this.#lastTrouble = `${name} answered error ${fetched.errorCode}`;
      return false;
    }
    try {
      const batches = readBatches(fetched.bytes);
      for (const record of committedRecords(batches, fetched.aborted, position.next))
        this.#options.onRecord(fetched.topic, fetched.partition, record);
      const last = batches.at(-1);
      if (last) position.next = last.lastOffset + 1;
      return true;
    } catch (error) {
      this.#failure = new Error(`${name} cannot be read at offset ${position.next}: ${messageOf(error)}`, {
        cause: error,
      });
      return false;
    }
  }

  /** Learns leaders and new topics; every partition is read from offset 0, and one that begins later has lost records. */
  async #refresh(): Promise<void> {
    const metadata = await this.#askAnyone();
    if (this.#metadata !== null && this.#metadata.clusterId !== metadata.clusterId) {
      this.#failure = new Error(
        `Cluster ${this.#metadata.clusterId} was being read, now ${metadata.clusterId} answers at its address.`,
      );
      throw this.#failure;
    }
    this.#metadata = metadata;
    for (const topic of metadata.topics.filter(t => !t.internal && t.errorCode === 0 && this.#options.reads(t.name)))
      for (const { partition, leader } of topic.partitions) {
        const name = { topic: topic.name, partition };
        const position = this.#positions.get(keyOf(name));
        if (!position) this.#positions.set(keyOf(name), { ...name, leader, next: 0 });
        else if (leader >= 0) position.leader = leader;
      }
  }

  async #askAnyone(): Promise<ClusterMetadata> {
    const places = [...(this.#metadata?.brokers ?? []), ...this.#options.bootstrap];
    let trouble: unknown = null;
    for (const { host, port } of places) {
      try {
        return await (await this.#connect(host, port, 'questions')).send(metadataRequest());
      } catch (error) {
        trouble = error;
      }
    }
    throw new Error(`No broker of the cluster answers: ${messageOf(trouble)}`, { cause: trouble });
  }

  /** Asks each leader for its partitions; a partition whose leader cannot answer now fails the call, never is left out. */
  async #list(partitions: readonly PartitionName[]): Promise<ListedOffset[]> {
    const byLeader = Map.groupBy(partitions, name => this.#leaderOf(name));
    const answers = await Promise.all(
      [...byLeader].map(async ([leader, names]) =>
        (await this.#connectionTo(leader, 'questions')).send(endOffsetsRequest(names)),
      ),
    );
    const offsets = answers.flat();
    const refused = offsets.find(({ errorCode }) => errorCode !== 0);
    if (refused) throw new Error(`${keyOf(refused)} did not tell its end offset: error ${refused.errorCode}.`);
    return offsets;
  }

  #leaderOf(name: PartitionName): number {
    const topic = this.#metadata?.topics.find(({ name: topicName }) => topicName === name.topic);
    return topic?.partitions.find(({ partition }) => partition === name.partition)?.leader ?? -1;
  }

  async #connectionTo(broker: number, purpose: Purpose): Promise<BrokerConnection> {
    const place = this.#metadata?.brokers.find(({ id }) => id === broker);
    if (!place) throw new Error(`Broker ${broker} leads partitions, but the cluster does not list it.`);
    return this.#connect(place.host, place.port, purpose);
  }

  async #connect(host: string, port: number, purpose: Purpose): Promise<BrokerConnection> {
    const place = `${purpose} ${host}:${port}`;
    const known = await this.#connections.get(place)?.catch(() => null);
    if (known?.open) return known;
    const opened = BrokerConnection.open(host, port);
    this.#connections.set(place, opened);
    return opened;
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }

  #trouble(error: unknown): void {
    this.#lastTrouble = messageOf(error);
  }
}

function keyOf({ topic, partition }: PartitionName): string {
  return `${topic}-${partition}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
