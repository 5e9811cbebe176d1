/**
 * One Kafka cluster, named by its id: every answer that tells an id is compared with the one expected, so that nothing
 * meant for one colour ever reaches the other. Works with 3.9 on ZooKeeper and with 4.x on KRaft.
 * Connections that broke are replaced on the next call; an idle one that breaks harms nobody.
 */
import { Admin, Connection } from '@platformatic/kafka';
import type { BrokerFacts } from '../contract/inventory.ts';
import { KafkaTrouble, kafkaTrouble } from './errors.ts';
import { askMetadata, type ClusterMetadata } from './metadata.ts';
import { readBrokerConfigs } from './read-configs.ts';
import { askAgain, patiently } from './retry.ts';
import { connectionSecurity, type KafkaSecurity } from './security.ts';

export type { ClusterMetadata, PartitionMetadata, TopicMetadata } from './metadata.ts';
export type { KafkaSecurity } from './security.ts';

export interface ClusterOptions {
  /** `host:port`, several separated by commas. */
  readonly bootstrap: string;
  readonly clientId?: string;
  readonly security?: KafkaSecurity;
  /** Refuses the cluster (KafkaTrouble `refused`) when it has another id. */
  readonly expectClusterId?: string;
}

const REQUEST_TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** Connects and asks for the cluster's id, patiently (10 s): a broker that just started needs a moment. */
export async function connectCluster(options: ClusterOptions): Promise<Cluster> {
  const cluster = new Cluster(options);
  try {
    await patiently(`connect to ${options.bootstrap}`, () => cluster.metadata([]), { withinMs: 10_000 });
    return cluster;
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

export class Cluster {
  /** platformatic's admin client for the calls that need no partial answers. Its errors: see kafkaTrouble. */
  readonly admin: Admin;
  readonly #options: ClusterOptions;
  readonly #clientId: string;
  readonly #bootstrap: readonly { host: string; port: number }[];
  readonly #shared = new Map<string, Promise<Connection>>();
  #clusterId: string | null;
  #brokers: readonly BrokerFacts[] = [];
  #metadataMode: Promise<'zookeeper' | 'kraft'> | null = null;
  #closed = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#clientId = options.clientId ?? 'kafka-bluegreen';
    this.#clusterId = options.expectClusterId ?? null;
    this.#bootstrap = options.bootstrap.split(',').map(parseAddress);
    this.admin = new Admin({
      clientId: this.#clientId,
      bootstrapBrokers: options.bootstrap.split(',').map(part => part.trim()),
      retries: 5,
      retryDelay: 250,
      timeout: REQUEST_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      metadataMaxAge: 0,
      ...connectionSecurity(options.security),
    });
  }

  get clusterId(): string {
    if (this.#clusterId === null) throw new Error('The cluster was never connected.');
    return this.#clusterId;
  }

  get bootstrap(): string {
    return this.#options.bootstrap;
  }

  /** Whom the cluster knows the worker as, in words. */
  get user(): string {
    return this.#options.security?.sasl?.username ?? 'ANONYMOUS';
  }

  /** The same as ACLs name it, unless the brokers map principals to other names. */
  get principal(): string {
    return `User:${this.user}`;
  }

  /** The brokers as the cluster lists them now, in order of id. */
  async brokers(): Promise<BrokerFacts[]> {
    const { brokers } = await this.metadata([]);
    return [...brokers];
  }

  /** Fresh metadata (never cached) of these topics, of all when absent, of none for `[]`; a topic's error is in its entry. */
  async metadata(topics?: readonly string[]): Promise<ClusterMetadata> {
    try {
      return await askAgain(async () => this.#askMetadata(await this.anyConnection(), topics));
    } catch (error) {
      throw kafkaTrouble(`read the metadata of ${this.#options.bootstrap}`, error);
    }
  }

  /** The same as one broker knows it: metadata reaches brokers one by one. */
  async metadataOf(brokerId: number, topics?: readonly string[]): Promise<ClusterMetadata> {
    try {
      return await askAgain(async () => this.#askMetadata(await this.connectionTo(brokerId), topics));
    } catch (error) {
      throw kafkaTrouble(`read the metadata of broker ${brokerId}`, error);
    }
  }

  /** A connection to this broker's own address, shared by callers and replaced when it broke. Do not close it. */
  async connectionTo(brokerId: number): Promise<Connection> {
    const broker = await this.#address(brokerId);
    return this.#connect(broker.host, broker.port);
  }

  /** A connection of the caller's own, closed after `use`: for calls a broker may answer by hanging up, and for probes. */
  async withOwnConnection<T>(brokerId: number, use: (connection: Connection) => Promise<T>): Promise<T> {
    const broker = await this.#address(brokerId);
    const connection = await this.#open(broker.host, broker.port);
    try {
      return await use(connection);
    } finally {
      await connection.close();
    }
  }

  /** Where the cluster keeps its metadata; asked once. */
  metadataMode(): Promise<'zookeeper' | 'kraft'> {
    this.#metadataMode ??= readMetadataMode(this).catch((error: unknown) => {
      this.#metadataMode = null;
      throw error;
    });
    return this.#metadataMode;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const open = await Promise.allSettled(this.#shared.values());
    this.#shared.clear();
    await Promise.all(open.flatMap(c => (c.status === 'fulfilled' ? [c.value.close()] : [])));
    await this.admin.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #askMetadata(connection: Connection, topics: readonly string[] | undefined): Promise<ClusterMetadata> {
    const metadata = await askMetadata(connection, topics);
    this.#clusterId ??= metadata.clusterId;
    if (metadata.clusterId !== this.#clusterId)
      throw new KafkaTrouble(
        `Expected cluster ${this.#clusterId} at ${connection.host}:${connection.port}, but cluster ${metadata.clusterId} answers there. Check the bootstrap address and where its name points.`,
        { kind: 'refused', retriable: false },
      );
    if (metadata.brokers.length > 0) this.#brokers = metadata.brokers;
    return metadata;
  }

  async #address(brokerId: number): Promise<BrokerFacts> {
    const known = this.#brokers.find(b => b.id === brokerId);
    if (known !== undefined) return known;
    const found = (await this.metadata([])).brokers.find(b => b.id === brokerId);
    if (found !== undefined) return found;
    throw new KafkaTrouble(
      `Broker ${brokerId} of cluster ${this.#clusterId} is not in the cluster's metadata. See whether it runs.`,
      { kind: 'unreachable', retriable: true },
    );
  }

  /** A shared connection to the first of the known brokers, else of the bootstrap addresses, that takes one. */
  async anyConnection(): Promise<Connection> {
    const errors: unknown[] = [];
    for (const { host, port } of [...this.#brokers, ...this.#bootstrap]) {
      try {
        return await this.#connect(host, port);
      } catch (error) {
        errors.push(error);
      }
    }
    throw new AggregateError(errors);
  }

  async #connect(host: string, port: number): Promise<Connection> {
    const key = `${host}:${port}`;
    const existing = this.#shared.get(key);
    const shared = await existing?.catch(() => null);
    if (shared?.isConnected() === true) return shared;
    if (this.#shared.get(key) !== existing) return this.#connect(host, port);
    const opening = this.#open(host, port);
    this.#shared.set(key, opening);
    try {
      return await opening;
    } catch (error) {
      if (this.#shared.get(key) === opening) this.#shared.delete(key);
      throw error;
    }
  }

  async #open(host: string, port: number): Promise<Connection> {
    if (this.#closed)
      throw new KafkaTrouble(`The client of cluster ${this.#clusterId ?? this.#options.bootstrap} was closed.`, {
        kind: 'other',
        retriable: false,
      });
    const connection = new Connection(this.#clientId, {
      connectTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      ...connectionSecurity(this.#options.security),
    });
    // A reset while idle is emitted as 'error'; without a listener it would end the process. The next call sees it.
    connection.on('error', () => undefined);
    try {
      await connection.connect(host, port);
    } catch (error) {
      throw this.#loginTrouble(host, port, error);
    }
    return connection;
  }

  /** A login that is refused stays so until somebody acts: says who tried, how and where. */
  #loginTrouble(host: string, port: number, error: unknown): unknown {
    const sasl = this.#options.security?.sasl;
    const trouble = kafkaTrouble(`connect to ${host}:${port}`, error);
    if (trouble.code !== 'SASL_AUTHENTICATION_FAILED' || sasl === undefined) return error;
    const where = this.#clusterId === null ? '' : ` of cluster ${this.#clusterId}`;
    return new KafkaTrouble(
      `Broker ${host}:${port}${where} refused the login of user ${sasl.username} (${sasl.mechanism}). See that the user exists there with the password that the worker has (KAFKA_BLUEGREEN_KAFKA_SECURITY), restart the worker if that changed, then try again.`,
      { kind: 'refused', retriable: false, code: trouble.code, cause: error },
    );
  }
}

/** A broker of a KRaft cluster names its roles; one on ZooKeeper has none and names the ensemble. */
async function readMetadataMode(cluster: Cluster): Promise<'zookeeper' | 'kraft'> {
  const [broker] = await cluster.brokers();
  if (broker === undefined)
    throw new KafkaTrouble(`Cluster ${cluster.clusterId} lists no broker. See whether they run.`, {
      kind: 'unreachable',
      retriable: true,
    });
  const configs = await readBrokerConfigs(cluster, broker.id, ['process.roles', 'zookeeper.connect']);
  const roles = configs['process.roles']?.value ?? '';
  const ensemble = configs['zookeeper.connect']?.value ?? '';
  return roles === '' && ensemble !== '' ? 'zookeeper' : 'kraft';
}

function parseAddress(text: string): { host: string; port: number } {
  const match = /^(.+):(\d+)$/.exec(text.trim());
  if (match?.[1] === undefined)
    throw new KafkaTrouble(`Expected a bootstrap address host:port, but got "${text}".`, {
      kind: 'refused',
      retriable: false,
    });
  return { host: match[1], port: Number(match[2]) };
}
