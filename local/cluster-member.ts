/** One broker of a cluster over all its starts: the same settings, address and disk, each time a new process. */
import { type BrokerSettings, CLIENT_PORT } from './broker-properties.ts';
import { probeMetadata } from './metadata-probe.ts';
import type { Program } from './process.ts';

export class ClusterMember {
  readonly id: number;
  readonly host: string;
  readonly port = CLIENT_PORT;
  readonly #settings: Omit<BrokerSettings, 'dataDirectory'>;
  readonly #start: (settings: Omit<BrokerSettings, 'dataDirectory'>) => Promise<Program>;
  #process: Program | undefined;

  constructor(
    settings: Omit<BrokerSettings, 'dataDirectory'>,
    start: (settings: Omit<BrokerSettings, 'dataDirectory'>) => Promise<Program>,
  ) {
    this.id = settings.id;
    this.host = settings.address;
    this.#settings = settings;
    this.#start = start;
  }

  get pid(): number {
    if (this.#process === undefined) throw new Error(`Broker ${this.id} was never started.`);
    return this.#process.pid;
  }

  async start(): Promise<void> {
    this.#process = await this.#start(this.#settings);
  }

  kill(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** Kills it and waits until it is gone. */
  async end(): Promise<void> {
    await this.#process?.end(0);
  }

  running(): boolean {
    return this.#process?.running() ?? false;
  }

  async clusterId(): Promise<string | undefined> {
    return (await probeMetadata(this.host, this.port))?.clusterId;
  }

  async knows(ids: readonly number[]): Promise<boolean> {
    const known = (await probeMetadata(this.host, this.port))?.brokerIds ?? [];
    return ids.every(id => known.includes(id));
  }

  async tail(): Promise<string> {
    return (await this.#process?.tail()) ?? '';
  }

  /** The sentence for a broker that should run and does not. */
  async death(): Promise<string> {
    const end = await this.#process?.exited;
    return `Broker ${this.id} at ${this.host} ended (${end}) before it served. Its log ends:\n${await this.tail()}`;
  }
}
