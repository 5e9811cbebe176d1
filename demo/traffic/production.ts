/**
 * Sends keyed, sequenced records at a steady rate, whether or not the earlier ones were acknowledged yet: an application does
 * not slow down because its cluster is being replaced. Only a full buffer makes it wait.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { formatValue } from './identity.ts';
import { Pace } from './pace.ts';
import type { Reporter } from './reporter.ts';
import { type Applications, producersOf, type TopicShape } from './shapes.ts';
import type { TrafficProducer } from './traffic-client.ts';

const TICK_MS = 20;
const MOST_UNACKNOWLEDGED = 50_000;
const MOST_AT_ONCE = 50;

export class Production {
  readonly #topics: readonly TopicShape[];
  readonly #producers: ReadonlyMap<string, TrafficProducer>;
  readonly #report: Reporter;
  readonly #firstSequence: number;
  readonly #stopping = new AbortController();
  readonly #sequences = new Map<string, number>();
  readonly #unacknowledged = new Set<Promise<void>>();
  #running: Promise<void> = Promise.resolve();

  /** Every stream begins at `firstSequence`: a producer instance that was restarted goes on where no earlier one was. */
  constructor(
    applications: Applications,
    createProducer: (instance: string) => TrafficProducer,
    report: Reporter,
    firstSequence: number,
  ) {
    this.#firstSequence = firstSequence;
    this.#topics = applications.topics;
    this.#producers = new Map(producersOf(applications).map(instance => [instance, createProducer(instance)]));
    this.#report = report;
  }

  async start(): Promise<void> {
    await Promise.all([...this.#producers.values()].map(producer => producer.connect()));
    this.#running = this.#run();
  }

  /** Ends when every record that was sent is acknowledged or refused. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await Promise.all(this.#unacknowledged);
    await Promise.all([...this.#producers.values()].map(producer => producer.disconnect()));
  }

  /** Sends no more and waits for nothing; answers how many sends have no answer yet. */
  abandon(): number {
    this.#stopping.abort();
    return this.#unacknowledged.size;
  }

  async #run(): Promise<void> {
    const lines = this.#topics.flatMap(topic =>
      topic.producers.map(instance => ({
        topic,
        instance,
        pace: new Pace(topic.recordsPerSecond / topic.producers.length),
        sent: 0,
      })),
    );
    let last = performance.now();
    while (!this.#stopping.signal.aborted) {
      const now = performance.now();
      for (const line of lines)
        for (let due = line.pace.due(now - last, MOST_AT_ONCE); due > 0; due -= 1) {
          if (this.#unacknowledged.size < MOST_UNACKNOWLEDGED) this.#sendOne(line.topic, line.instance, line.sent);
          line.sent += 1;
        }
      last = now;
      await delay(TICK_MS);
    }
  }

  #sendOne({ topic, keys, valueBytes }: TopicShape, instance: string, nth: number): void {
    const producer = this.#producers.get(instance);
    if (!producer) throw new Error(`${instance} is no producer of these applications.`);
    const key = `${topic}-${nth % keys}`;
    const stream = `${key} ${instance}`;
    const sequence = this.#sequences.get(stream) ?? this.#firstSequence;
    this.#sequences.set(stream, sequence + 1);
    this.#report.produced();
    const sent = producer.send({ topic, messages: [{ key, value: formatValue(instance, sequence, valueBytes) }] }).then(
      () => this.#report.acknowledged(topic, key, instance, sequence),
      (error: unknown) => this.#report.tell({ kind: 'refused', topic, ...refusalOf(error) }),
    );
    this.#unacknowledged.add(sent);
    void sent.finally(() => this.#unacknowledged.delete(sent));
  }
}

/** The error's kind, as Kafka or the client names it, and its sentence. */
function refusalOf(error: unknown): { error: string; why: string } {
  if (!(error instanceof Error)) return { error: 'unknown', why: String(error) };
  const cause: unknown = error.cause ?? error;
  const type = typeof cause === 'object' && cause !== null && 'type' in cause ? cause.type : null;
  return { error: typeof type === 'string' ? type : error.name, why: error.message };
}
