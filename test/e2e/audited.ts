/**
 * Applications with the library's clients at work while a test plays, and the auditor that counts what they lost, doubled or
 * saw out of order. The same traffic and auditor as the demo's, with fewer topics.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type AuditResult, audit } from '../../demo/auditor/audit.ts';
import { Journal } from '../../demo/auditor/journal.ts';
import { LogReader } from '../../demo/auditor/log-reader.ts';
import { createTopics } from '../../demo/traffic/create-topics.ts';
import { identityOf } from '../../demo/traffic/identity.ts';
import type { Applications, GroupShape } from '../../demo/traffic/shapes.ts';
import { type TrafficOptions, TrafficProcess } from '../../demo/traffic/traffic-process.ts';
import { untilHandled } from '../../demo/until-handled.ts';
import type { LocalStack } from '../../local/stack.ts';
import { until } from '../../local/until.ts';
import { addressOf, BLUE, RECORD } from './deployment.ts';
import { Eyes } from './eyes.ts';

const WITHIN_MS = 60_000;

const quiet = { configs: {}, valueBytes: 100, keys: 20 };

/** Three topics, two producer instances, two groups, one of them slow. */
export const APPLICATIONS: Applications = {
  topics: [
    { ...quiet, topic: 'sales', partitions: 4, recordsPerSecond: 24, producers: ['shop-1', 'shop-2'] },
    { ...quiet, topic: 'refunds', partitions: 2, recordsPerSecond: 8, producers: ['shop-1'] },
    { ...quiet, topic: 'parcels', partitions: 2, recordsPerSecond: 8, producers: ['shop-2'] },
  ],
  groups: [
    { group: 'ledger', topics: ['sales', 'refunds'], pauseMs: 0, partitionsConsumedConcurrently: 4 },
    { group: 'warehouse', topics: ['sales', 'parcels'], pauseMs: 100, partitionsConsumedConcurrently: 1 },
  ],
  transactionalTopic: null,
};

export class AuditedTraffic {
  readonly #journal: Journal;
  readonly #eyes: Eyes;
  readonly #local: LocalStack;
  readonly #applications: Applications;
  readonly #plain: readonly GroupShape[];
  readonly #readers = new Map<string, LogReader>();
  readonly #plainProcesses = new Map<string, TrafficProcess>();
  #traffic: TrafficProcess | null = null;

  private constructor(local: LocalStack, applications: Applications, plain: readonly GroupShape[]) {
    this.#local = local;
    this.#eyes = new Eyes(local);
    this.#applications = applications;
    this.#plain = plain;
    this.#journal = new Journal([...applications.groups, ...plain]);
  }

  /**
   * Creates the topics on blue and starts the applications; returns when records flow and every group reads. The `plain` groups
   * follow no signpost, and run from `startPlain` on.
   */
  static async start(
    local: LocalStack,
    applications: Applications = APPLICATIONS,
    plain: readonly GroupShape[] = [],
  ): Promise<AuditedTraffic> {
    const audited = new AuditedTraffic(local, applications, plain);
    await createTopics(await addressOf(local, await audited.#eyes.bootstrap(BLUE)), applications);
    await audited.observe(BLUE);
    audited.#traffic = await audited.#startProcess({ applications });
    await audited.flows();
    return audited;
  }

  /** Starts the process of a plain group, which reads where this name leads. */
  async startPlain(group: string, readRecord: string): Promise<void> {
    const groups = this.#plain.filter(shape => shape.group === group);
    const applications = { topics: [], groups, transactionalTopic: null };
    this.#plainProcesses.set(group, await this.#startProcess({ applications, readRecord, clients: 'plain' }));
  }

  /** Ends it in order: what its handler was called for is committed. */
  async stopPlain(group: string): Promise<void> {
    const process = this.#plainProcesses.get(group);
    this.#plainProcesses.delete(group);
    await process?.stop();
  }

  #startProcess(o: Pick<TrafficOptions, 'applications' | 'readRecord' | 'clients'>): Promise<TrafficProcess> {
    return TrafficProcess.start({
      ...o,
      journal: this.#journal,
      record: RECORD,
      listenOn: `127.${this.#local.network.octet}.0.8`,
      spawn: (program, args) => this.#local.spawnNode(join(import.meta.dirname, `../../demo/${program}.ts`), args),
    });
  }

  /**
   * From now on reads everything that the stack's cluster holds, under `name`. To be called for green before the flip (a cluster
   * whose log is not read is one whose records count as lost), for each cluster in the order in which they serve.
   */
  async observe(stack: string, name = stack): Promise<void> {
    const topics = new Set(this.#applications.topics.map(({ topic }) => topic));
    const [host = '', port = ''] = (await addressOf(this.#local, await this.#eyes.bootstrap(stack))).split(':');
    const reader = await LogReader.start({
      bootstrap: [{ host, port: Number(port) }],
      reads: topic => topics.has(topic),
      onRecord: (topic, partition, { key, value }) =>
        this.#journal.hold(name, topic, partition, identityOf(key, value)),
    });
    this.#readers.set(name, reader);
  }

  /** Reads the cluster to its end and looks no further: before it is deleted. */
  async leave(name: string): Promise<void> {
    const reader = this.#reader(name);
    await reader.readToEnd(WITHIN_MS);
    this.#readers.delete(name);
    await reader.stop();
  }

  /** For a cluster that was deleted before it served: looks no further, and nothing may have been seen there. */
  async dismiss(name: string): Promise<void> {
    const reader = this.#reader(name);
    this.#readers.delete(name);
    await reader.stop();
    assert.deepEqual(this.#journal.heldBy(name), {}, `${name} was deleted before it served`);
  }

  /** As `leave`, for a cluster that the traffic left for good, whose records no group has to read; answers how many it holds, by topic. */
  async strand(name: string): Promise<Readonly<Record<string, string>>> {
    await this.leave(name);
    this.#journal.strand(name);
    return Object.fromEntries(Object.entries(this.#journal.heldBy(name)).map(([topic, n]) => [topic, String(n)]));
  }

  /** Returns when `records` more were acknowledged: the applications are at work. */
  async flows(records = 50): Promise<void> {
    const goal = this.#journal.acknowledgedCount + records;
    await this.#unbroken(
      until(`${records} more records are acknowledged`, async () => this.#journal.acknowledgedCount >= goal, {
        withinMs: WITHIN_MS,
      }),
    );
  }

  /** Ends the applications in order and judges: everything that was acknowledged, over the whole time. */
  async verdict(): Promise<AuditResult> {
    const traffic = this.#traffic;
    assert.ok(traffic !== null, 'the applications run');
    await this.#unbroken(traffic.stopProducing());
    for (const reader of this.#readers.values()) await reader.readToEnd(WITHIN_MS);
    await untilHandled(this.#journal, [...this.#applications.groups, ...this.#plain], WITHIN_MS);
    await traffic.stop();
    await Promise.all(this.#plain.map(({ group }) => this.stopPlain(group)));
    assert.deepEqual(traffic.refused, [], 'no send was given up');
    assert.equal(this.#journal.foreign, 0, 'nobody else wrote to the topics');
    return audit(this.#journal.toInput());
  }

  /** The verdict, which must be clean: nothing lost, doubled or reordered, and enough seen to say so. */
  async assertClean(): Promise<AuditResult> {
    const result = await this.verdict();
    const harm = { lost: result.lost, doubled: result.doubled, reordered: result.reordered };
    assert.deepEqual(harm, { lost: 0, doubled: 0, reordered: 0 }, JSON.stringify({ ...result, stalls: undefined }));
    assert.ok(result.acknowledged > 500, `only ${result.acknowledged} records were acknowledged`);
    for (const group of result.groups) assert.equal(group.unexplained, 0, `${group.group} read what no log held`);
    return result;
  }

  async stop(): Promise<void> {
    this.#traffic?.kill();
    for (const process of this.#plainProcesses.values()) process.kill();
    this.#eyes.close();
    await Promise.all([...this.#readers.values()].map(reader => reader.stop()));
  }

  #reader(name: string): LogReader {
    const reader = this.#readers.get(name);
    if (reader === undefined) throw new Error(`The cluster ${name} is not observed.`);
    return reader;
  }

  #unbroken<T>(work: Promise<T>): Promise<T> {
    return this.#traffic === null ? work : Promise.race([work, this.#traffic.broken]);
  }
}
