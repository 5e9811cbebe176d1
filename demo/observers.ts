/**
 * Everything that watches the run from outside: the auditor's reader of each cluster, the sampler, and the journal that the
 * readers and the traffic write. A cluster is read from the moment it is observed to the end of the demo, or its own.
 */
import { Journal } from './auditor/journal.ts';
import { LogReader } from './auditor/log-reader.ts';
import { resolveBootstrap } from './names.ts';
import { type Colour, Sampler } from './samples.ts';
import { identityOf } from './traffic/identity.ts';
import { DEMO_APPLICATIONS } from './traffic/shapes.ts';

const topics = new Set(DEMO_APPLICATIONS.topics.map(({ topic }) => topic));

export class Observers {
  readonly journal = new Journal(DEMO_APPLICATIONS.groups);
  readonly sampler: Sampler;
  readonly #resolver: string;
  readonly #readers = new Map<Colour, LogReader>();

  constructor(resolver: string, phase: () => string | null) {
    this.#resolver = resolver;
    this.sampler = new Sampler(phase);
  }

  /** `bootstrap` is the cluster's load balancer as name:port. */
  async observe(colour: Colour, bootstrap: string): Promise<void> {
    const addresses = await resolveBootstrap(bootstrap, this.#resolver);
    const reader = await LogReader.start({
      bootstrap: addresses,
      reads: topic => topics.has(topic),
      onRecord: (topic, partition, { key, value }) =>
        this.journal.hold(colour, topic, partition, identityOf(key, value)),
    });
    this.#readers.set(colour, reader);
    const [first] = addresses;
    if (first) this.sampler.watch(colour, reader, `${first.host}:${first.port}`);
  }

  /** Waits until everything that the cluster holds now has been read. */
  async readToEnd(colour: Colour, deadlineMs: number): Promise<void> {
    const reader = this.#readers.get(colour);
    if (!reader) throw new Error(`The ${colour} cluster was never observed, so its records were not read.`);
    await reader.readToEnd(deadlineMs);
  }

  async stop(): Promise<void> {
    await this.sampler.stop();
    await Promise.all([...this.#readers.values()].map(reader => reader.stop()));
  }
}
