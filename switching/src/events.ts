/** What a switching client tells its application and its log. Cluster ids and epochs are text; counts are records. */
import { type Logger, standardErrorLogger } from './logger.ts';
import { type BlueGreenOptions, brokerClientId } from './options.ts';

interface Reason {
  readonly reason: string;
}

/** Where the client was when it told so; null where it was on no cluster, or followed no signpost. */
interface Place {
  readonly cluster: string | null;
  readonly epoch: string | null;
}

interface Switching {
  readonly from: string | null;
  readonly to: string;
  readonly epoch: string;
}

interface Switched extends Switching {
  readonly durationMs: number;
  /** Records the old cluster had not taken, sent to the new one. 0 from a consumer. */
  readonly carriedOver: number;
  /** Records without an answer, whose fate the old cluster told. 0 from a consumer. */
  readonly resolved: number;
  /** Records without an answer that the old cluster, which is gone, may have stored, sent to the new one. 0 from a consumer. */
  readonly possiblyDoubled: number;
  /** Transactions of which the old cluster, which is gone, never told whether they were committed. 0 from a consumer. */
  readonly transactionsUnknown: number;
}

/** What the producer buffers at that moment; 0 for a consumer. */
export interface Buffered {
  readonly records: number;
  readonly bytes: number;
}

export interface BlueGreenEvents {
  /** Begins to leave one cluster for another. */
  readonly switching: Switching & Buffered;
  /** Is on the other cluster, and has nothing left on the old one. */
  readonly switched: Switched;
  /** Waits, and buffers what is sent meanwhile. */
  readonly held: Reason & Place & Buffered;
  /** Stays where it is although something changed or could not be read. */
  readonly stayed: Reason & Place & Buffered;
  /** As `stayed`, and somebody has to look. */
  readonly alarm: Reason & Place & Buffered;
}

export type BlueGreenEvent = keyof BlueGreenEvents;

interface Told {
  readonly switching: Switching;
  readonly switched: Switched;
  readonly held: Reason;
  readonly stayed: Reason;
  readonly alarm: Reason;
}

export function isBlueGreenEvent(name: string): name is BlueGreenEvent {
  return Object.hasOwn(levels, name);
}

const NOTHING: Buffered = { records: 0, bytes: 0 };
const levels = { switching: 'info', switched: 'info', held: 'warn', stayed: 'warn', alarm: 'error' } as const;

/** Each reason is told once until it has passed, however often it is met. A handler that throws disturbs nothing. */
export class Events {
  readonly #logger: Logger;
  readonly #fields: object;
  readonly #buffered: () => Buffered;
  readonly #handlers = new Map<BlueGreenEvent, Set<(what: never) => void>>();
  #place: Place = { cluster: null, epoch: null };
  readonly #told = { held: new Set<string>(), stayed: new Set<string>(), alarm: new Set<string>() };

  constructor(options: BlueGreenOptions, fields: object = {}, buffered: () => Buffered = () => NOTHING) {
    this.#buffered = buffered;
    this.#logger = options.logger ?? standardErrorLogger;
    this.#fields = { clientId: brokerClientId(options), record: options.record, ...fields };
  }

  /** Returns what takes the handler away again. */
  on<E extends BlueGreenEvent>(event: E, handler: (what: BlueGreenEvents[E]) => void): () => void {
    const handlers = this.#handlers.get(event) ?? new Set();
    this.#handlers.set(event, handlers.add(handler));
    return () => void handlers.delete(handler);
  }

  /** Where the client is from now on. */
  placed(cluster: string | null, epoch: bigint | null): void {
    const place = { cluster, epoch: epoch?.toString() ?? null };
    if (place.cluster !== this.#place.cluster || place.epoch !== this.#place.epoch) this.#told.held.clear();
    this.#place = place;
  }

  emit<E extends BlueGreenEvent>(event: E, told: Told[E]): void {
    if ('reason' in told) {
      const reasons = this.#told[event as 'held' | 'stayed' | 'alarm'];
      if (reasons.has(told.reason)) return;
      reasons.add(told.reason);
    }
    const where = 'reason' in told ? { ...this.#place, ...told } : told;
    const what = 'durationMs' in told ? told : { ...where, ...this.#buffered() };
    this.#logger[levels[event]]({ ...this.#fields, ...what, event }, `blue/green: ${event}`);
    for (const handler of this.#handlers.get(event) ?? [])
      try {
        handler(what as never);
      } catch (error) {
        this.#logger.error({ ...this.#fields, event, error: String(error) }, 'blue/green: a handler threw');
      }
  }

  /** The signpost was read and followed: the next reason to stay or to alarm is told even if it was told before. */
  settled(): void {
    this.#told.stayed.clear();
    this.#told.alarm.clear();
  }
}
