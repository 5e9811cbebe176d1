/** A look at both clusters every second, for the progress and for the page. What cannot be seen is null, never zero. */
import { Admin } from '@platformatic/kafka';
import type { LogReader } from './auditor/log-reader.ts';
import type { GroupLag, Sample } from './report/demo-report.ts';
import { DEMO_APPLICATIONS } from './traffic/shapes.ts';

const GROUPS = DEMO_APPLICATIONS.groups;

const EVERY_MS = 1_000;
const ANSWER_WITHIN_MS = 2_500;

export type Colour = 'blue' | 'green';

interface End {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

interface Watched {
  readonly reader: LogReader;
  readonly admin: Admin;
}

export class Sampler {
  readonly samples: Sample[] = [];
  readonly #watched = new Map<Colour, Watched>();
  readonly #phase: () => string | null;
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> | null = null;

  constructor(phase: () => string | null) {
    this.#phase = phase;
    this.#timer = setInterval(() => {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = null;
      });
    }, EVERY_MS);
  }

  watch(colour: Colour, reader: LogReader, bootstrap: string): void {
    const admin = new Admin({
      clientId: 'demo-sampler',
      bootstrapBrokers: [bootstrap],
      retries: 0,
      connectTimeout: ANSWER_WITHIN_MS,
      requestTimeout: ANSWER_WITHIN_MS,
    });
    this.#watched.set(colour, { reader, admin });
  }

  async unwatch(colour: Colour): Promise<void> {
    const watched = this.#watched.get(colour);
    this.#watched.delete(colour);
    await this.#looking;
    await watched?.admin.close().catch(() => undefined);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(Array.from(this.#watched.keys(), colour => this.unwatch(colour)));
  }

  async #look(): Promise<void> {
    const atMs = Date.now();
    const [blue, green] = await Promise.all([this.#lookAt('blue'), this.#lookAt('green')]);
    const lag = GROUPS.map(({ group }): [string, GroupLag] => [
      group,
      { blue: blue?.lag.get(group) ?? null, green: green?.lag.get(group) ?? null },
    ]);
    this.samples.push({
      atMs,
      phase: this.#phase(),
      blueEnd: blue?.end ?? null,
      greenEnd: green?.end ?? null,
      lag: Object.fromEntries(lag),
    });
  }

  async #lookAt(colour: Colour): Promise<{ end: number; lag: ReadonlyMap<string, number> } | null> {
    const watched = this.#watched.get(colour);
    if (!watched) return null;
    // Commits before ends: a group that reads on meanwhile looks further behind than it is, never less.
    const commits = await commitsOf(watched.admin).catch(() => null);
    const ends = await watched.reader.ends().catch(() => null);
    if (ends === null) return null;
    const lag = new Map<string, number>();
    for (const { group, topics } of commits === null ? [] : GROUPS)
      lag.set(group, groupLag(ends, commits?.get(group) ?? new Map(), topics));
    return { end: ends.reduce((sum, { offset }) => sum + offset, 0), lag };
  }
}

/** Committed offsets by group and `topic-partition`. */
async function commitsOf(admin: Admin): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>> {
  const groups = await admin.listConsumerGroupOffsets({ groups: GROUPS.map(({ group }) => group) });
  return new Map(
    groups.map(({ groupId, topics }) => [
      groupId,
      new Map(
        topics.flatMap(({ name, partitions }) =>
          partitions.map(p => [`${name}-${p.partitionIndex}`, Number(p.committedOffset)] as const),
        ),
      ),
    ]),
  );
}

/** Offsets between a group's commits and the ends of its topics; a partition without a commit counts in full. */
export function groupLag(
  ends: readonly End[],
  committed: ReadonlyMap<string, number>,
  topics: readonly string[],
): number {
  return ends
    .filter(({ topic }) => topics.includes(topic))
    .reduce(
      (sum, { topic, partition, offset }) =>
        sum + Math.max(0, offset - Math.max(0, committed.get(`${topic}-${partition}`) ?? 0)),
      0,
    );
}
