/**
 * A cluster in memory that judges sequences as a broker does (a gap is refused, the last batch again is acknowledged once more),
 * checks a batch's size before whether it has it, and fails as it is told.
 */
import { NotSent } from '../../switching/src/lane.ts';
import type { SendingLane } from '../../switching/src/sender.ts';
import type { StoredBatch } from '../../switching/src/wire.ts';

export type Fault =
  | 'none'
  | 'unsent'
  | 'request-lost'
  | 'answer-lost'
  | 'too-few-replicas'
  | 'identity-spent'
  | 'not-told';

const ORDINARY_BYTES = 1_048_588;
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
  readonly partition: number;
  readonly value: string;
}

export class FakeCluster {
  readonly id: string;
  readonly #journal: Appended[];
  readonly #nextFault: () => Fault;
  readonly #producers = new Map<string, { last: number; count: number }>();
  fenced = false;
  static #lanes = 0;

  constructor(id: string, journal: Appended[], nextFault: () => Fault) {
    this.id = id;
    this.#journal = journal;
    this.#nextFault = nextFault;
  }

  lane(): SendingLane {
    FakeCluster.#lanes += 1;
    const number = FakeCluster.#lanes;
    const fault = () => new Promise<Fault>(resolve => setImmediate(() => resolve(this.#nextFault())));
    return {
      number,
      clusterId: this.id,
      produce: async ({ partition, firstSequence, entries }) => {
        const now = await fault();
        if (now === 'unsent') throw new NotSent(new Error('no connection'));
        if (now === 'request-lost') throw new Error('connection closed');
        const values = entries.map(({ payload }) => String(payload.record.value));
        const answer = this.#append(`${number} ${partition}`, partition, firstSequence, values, now);
        if (now === 'answer-lost') throw new Error('connection closed');
        return answer;
      },
      sightOf: async (_topic, partition) => {
        if ((await fault()) === 'not-told') throw new Error('no leader');
        return { lastSequence: this.#producers.get(`${number} ${partition}`)?.last ?? 'none', replicated: true };
      },
      maxMessageBytes: async () => {
        if ((await fault()) === 'not-told') throw new Error('no leader');
        return this.fenced ? 1 : ORDINARY_BYTES;
      },
      forgetLeaders() {},
      partitions: async () => PARTITIONS,
      knownPartitions: () => PARTITIONS,
      close: async () => {},
      another: async () => this.lane(),
    };
  }

  #append(name: string, partition: number, first: number, values: readonly string[], fault: Fault): StoredBatch {
    if (this.fenced) throw refusal('MESSAGE_TOO_LARGE');
    if (fault === 'too-few-replicas') throw refusal('NOT_ENOUGH_REPLICAS');
    const producer = this.#producers.get(name) ?? { last: -1, count: 0 };
    const last = first + values.length - 1;
    if (producer.last === last && producer.count === values.length) return { baseOffset: '0' };
    if (fault === 'identity-spent' || first !== producer.last + 1) throw refusal('OUT_OF_ORDER_SEQUENCE_NUMBER');
    this.#producers.set(name, { last, count: values.length });
    for (const value of values) this.#journal.push({ cluster: this.id, partition, value });
    return { baseOffset: '0' };
  }
}

function refusal(type: string): Error {
  return Object.assign(new Error(type), { type });
}
