/**
 * A cluster in memory that judges producers as Kafka does: the size of a batch before anything else, then its records, then
 * whether it is one of the producer's last five, then its sequence; a producer it does not know may begin anywhere. What is on
 * the leader alone may be lost with it, and a request without an answer may be executed later. It fails as it is told.
 */
import assert from 'node:assert/strict';
import { NotSent } from '../../switching/src/not-sent.ts';
import type { StoredBatch } from '../../switching/src/produce-request.ts';
import type { SendingLane } from '../../switching/src/sender.ts';

export type Fault =
  | 'none'
  | 'unsent'
  | 'request-lost'
  | 'answer-lost'
  | 'too-few-replicas'
  | 'not-leader'
  | 'not-leader-after-appending'
  /** Executed two requests later, unless the fence stands then. */
  | 'hung'
  /** On the leader alone for two requests, then replicated, or gone with it. */
  | 'slow-replicas'
  | 'leader-dies'
  /** The leader lost what it knew of the producer: from now on it refuses its sequences. */
  | 'identity-spent'
  /** A question other than a produce stays without an answer. */
  | 'not-told';

/** A record whose value ends so is refused by the topic for what it is, or for its size. */
export const INVALID = '!';
export const TOO_LARGE = '#';

const ORDINARY_BYTES = 1_048_588;
const REMEMBERED_BATCHES = 5;
const REQUESTS_UNTIL_SETTLED = 2;
/** Every topic has three. */
const PARTITIONS = [0, 1, 2].map(partitionId => ({
  partitionErrorCode: 0,
  partitionId,
  leader: 1,
  replicas: [1],
  isr: [1],
}));

/** All clusters of a test append to one journal, so that order can be judged over all of them. */
export interface Appended {
  readonly cluster: string;
  readonly lane: number;
  readonly partition: number;
  readonly value: string;
}

interface Request {
  readonly lane: number;
  readonly topic: string;
  readonly partition: number;
  readonly first: number;
  readonly values: readonly string[];
}

interface Producer {
  readonly last: number;
  readonly spent: boolean;
  readonly batches: readonly { readonly first: number; readonly last: number }[];
}

interface Tail {
  readonly request: Request;
  readonly before: Producer | undefined;
  readonly kept: boolean;
  left: number;
}

let lanes = 0;

export class FakeCluster {
  readonly id: string;
  readonly #journal: Appended[];
  readonly #nextFault: () => Fault;
  readonly #producers = new Map<string, Producer>();
  readonly #tails = new Map<string, Tail>();
  readonly #busy = new Set<string>();
  readonly #open = new Set<number>();
  readonly #hanging = new Set<{ readonly lane: number; readonly close: () => void }>();
  #hung: (Request & { left: number })[] = [];
  #fenced = false;
  timesAskedForPartitions = 0;
  /** Takes requests and neither executes nor answers them. */
  silent = false;
  /** Nothing answers any more. */
  gone = false;

  constructor(id: string, journal: Appended[], nextFault: () => Fault) {
    this.id = id;
    this.#journal = journal;
    this.#nextFault = nextFault;
  }

  get fenced(): boolean {
    return this.#fenced;
  }

  /** The deployment lifts a fence only when no request from before it can be executed any more. */
  set fenced(standing: boolean) {
    if (!standing) this.#hung = [];
    this.#fenced = standing;
  }

  get openLanes(): number {
    return this.#open.size;
  }

  /**
   * As when producer ids expired. Under the fence only, where nothing is sent again, and not with a producer's first batch: elsewhere
   * nobody can tell.
   */
  forget(): void {
    if (!this.fenced || this.#tails.size > 0) return;
    for (const [name, { batches }] of this.#producers) if (batches.length > 1) this.#producers.delete(name);
  }

  /** Whatever hangs is executed, whatever is on the leader alone is decided. */
  settle(): void {
    if (this.gone) return;
    for (let time = 0; time <= REQUESTS_UNTIL_SETTLED; time += 1) {
      for (const place of [...this.#tails.keys(), '']) this.#pass(place);
    }
  }

  lane(): SendingLane {
    lanes += 1;
    const number = lanes;
    this.#open.add(number);
    return {
      number,
      clusterId: this.id,
      produce: ({ topic, partition, firstSequence: first, entries }, mayLeave) =>
        this.#alone(number, topic, partition, async () => {
          const fault = await this.#reached(topic, partition);
          if (fault === 'unsent') throw new NotSent(new Error('no connection'));
          if (!mayLeave()) throw new NotSent(new Error('it is not to be sent'));
          if (this.silent) await this.#untilClosed(number);
          const values = entries.map(({ payload }) => String(payload.value));
          return this.#take({ lane: number, topic, partition, first, values }, fault);
        }),
      sightOf: (topic, partition) =>
        this.#alone(number, topic, partition, async () => {
          if ((await this.#reached(topic, partition)) === 'not-told') throw new Error('no leader');
          const lastSequence = this.#producers.get(`${number} ${topic} ${partition}`)?.last ?? 'none';
          return { lastSequence, replicated: !this.#tails.has(`${topic} ${partition}`) };
        }),
      maxMessageBytes: (topic, partition) =>
        this.#alone(number, topic, partition, async () => {
          if ((await this.#reached(topic, partition)) === 'not-told') throw new Error('no leader');
          return this.fenced ? 1 : ORDINARY_BYTES;
        }),
      takesLittle: (topic, partition) =>
        this.#alone(number, topic, partition, async () => {
          if ((await this.#reached(topic, partition)) === 'not-told') throw new Error('no leader');
          return !this.fenced;
        }),
      answers: async () => !this.gone,
      forgetLeaders() {},
      reseed() {},
      count: async topics => new Map(topics.map(topic => [topic, PARTITIONS.length])),
      partitions: async () => PARTITIONS,
      knownPartitions: () => {
        this.timesAskedForPartitions += 1;
        return PARTITIONS;
      },
      close: async () => {
        assert.ok(this.#open.delete(number), `lane ${number} is closed twice`);
        for (const { lane, close } of this.#hanging) if (lane === number) close();
      },
      another: async () => this.lane(),
    };
  }

  /** Nobody speaks of a partition to a cluster twice at a time, and nobody on a closed lane. */
  async #alone<T>(lane: number, topic: string, partition: number, act: () => Promise<T>): Promise<T> {
    const name = `${lane} ${topic} ${partition}`;
    assert.ok(!this.#busy.has(name), `${topic}, partition ${partition} has two requests at a time`);
    this.#busy.add(name);
    try {
      if (!this.#open.has(lane)) throw new NotSent(new Error(`lane ${lane} is closed`));
      return await act();
    } finally {
      this.#busy.delete(name);
    }
  }

  /** As a request that hangs ends when its connection is closed. */
  async #untilClosed(lane: number): Promise<never> {
    await new Promise<void>(close => this.#hanging.add({ lane, close }));
    throw new Error('connection closed');
  }

  async #reached(topic: string, partition: number): Promise<Fault> {
    await new Promise(resolve => setImmediate(resolve));
    if (this.gone) throw new NotSent(new Error('no connection'));
    this.#pass(`${topic} ${partition}`);
    return this.#nextFault();
  }

  #take(request: Request, fault: Fault): StoredBatch {
    if (fault === 'request-lost') throw new Error('connection closed');
    if (fault === 'hung') {
      this.#hung.push({ ...request, left: REQUESTS_UNTIL_SETTLED });
      throw new Error('request timed out');
    }
    if (fault === 'not-leader') throw refusal('NOT_LEADER_FOR_PARTITION');
    if (fault === 'too-few-replicas' && !this.fenced) throw refusal('NOT_ENOUGH_REPLICAS');
    this.#append(request, fault);
    if (fault === 'answer-lost') throw new Error('connection closed');
    if (fault === 'not-leader-after-appending') throw refusal('NOT_LEADER_FOR_PARTITION');
    if (this.#tails.has(`${request.topic} ${request.partition}`)) throw refusal('REQUEST_TIMED_OUT');
    return { baseOffset: '0' };
  }

  #append(request: Request, fault: Fault): void {
    const { lane, topic, partition, first, values } = request;
    if (this.fenced || values.some(value => value.endsWith(TOO_LARGE))) throw refusal('MESSAGE_TOO_LARGE');
    if (values.some(value => value.endsWith(INVALID))) throw refusal('INVALID_RECORD');
    const name = `${lane} ${topic} ${partition}`;
    const known = this.#producers.get(name);
    const last = first + values.length - 1;
    if (known?.batches.some(batch => batch.first === first && batch.last === last)) return;
    // Whom a leader has forgotten it refuses nothing.
    const spent = fault === 'identity-spent' && (known !== undefined || first === 0);
    if (spent) this.#producers.set(name, { batches: [], ...known, last: -1, spent: true });
    if (spent || known?.spent || (known !== undefined && first !== known.last + 1)) {
      throw refusal('OUT_OF_ORDER_SEQUENCE_NUMBER');
    }
    const batches = [...(known?.batches ?? []), { first, last }].slice(-REMEMBERED_BATCHES);
    this.#producers.set(name, { last, spent: false, batches });
    if (fault === 'slow-replicas' || fault === 'leader-dies') {
      const kept = fault === 'slow-replicas';
      this.#tails.set(`${topic} ${partition}`, { request, before: known, kept, left: REQUESTS_UNTIL_SETTLED });
    } else this.#commit(request);
  }

  #commit({ lane, partition, values }: Request): void {
    for (const value of values) this.#journal.push({ cluster: this.id, lane, partition, value });
  }

  /** Time goes on with every request. */
  #pass(place: string): void {
    const tail = this.#tails.get(place);
    if (tail !== undefined) {
      tail.left -= 1;
      if (tail.left <= 0) {
        this.#tails.delete(place);
        const name = `${tail.request.lane} ${place}`;
        if (tail.kept) this.#commit(tail.request);
        else if (tail.before === undefined) this.#producers.delete(name);
        else this.#producers.set(name, tail.before);
      }
    }
    for (const request of this.#hung) request.left -= 1;
    const due = this.#hung.filter(({ left }) => left <= 0);
    this.#hung = this.#hung.filter(({ left }) => left > 0);
    for (const request of due) {
      try {
        this.#append(request, 'none');
      } catch {
        // Nobody hears the refusal of a request that nobody waits for.
      }
    }
  }
}

function refusal(type: string): Error {
  return Object.assign(new Error(type), { type });
}
