/**
 * Looks the signpost up again and again: every couple of seconds while a deployment is going on, jittered; slower when all is
 * steady. `node:dns` tells no TTL of a TXT record, so an answer may be as old as a cache allows. Whatever is no usable answer
 * changes nothing, and is said.
 */

import type { Events } from './events.ts';
import { NoPlaceToStart } from './no-place-to-start.ts';
import { type BlueGreenOptions, DEFAULT_CONNECT_TIMEOUT_MS, DEFAULT_SIGNPOST_POLL_MS } from './options.ts';
import type { Signpost } from './signpost.ts';
import { lookUpSignpost, resolverOf, type TxtResolver } from './signpost-lookup.ts';
import { look, NOTHING_SEEN, type Notice, type Sight } from './signpost-sight.ts';
import { waitMs } from './timing.ts';

/** The signpost of the highest epoch, or that there never was one. */
export type Standing = { readonly kind: 'signpost'; readonly signpost: Signpost } | { readonly kind: 'absent' };

const STEADY_FACTOR = 5;
const BETWEEN_LOOKS_MS = 200;

export class SignpostWatcher {
  readonly #record: string;
  readonly #resolver: TxtResolver;
  readonly #pollMs: number;
  readonly #connectTimeoutMs: number;
  readonly #events: Events;
  readonly #handlers = new Set<(standing: Standing) => void>();
  readonly #stopping = new AbortController();
  #sight: Sight;
  #standing: Standing | null = null;
  #looking: Promise<Notice> | null = null;
  #waking = new AbortController();

  /** `sight` is what this client saw before: it never goes back behind that. */
  constructor(options: BlueGreenOptions, events: Events, sight: Sight = NOTHING_SEEN) {
    this.#sight = sight;
    this.#record = options.record;
    this.#resolver = resolverOf(options.resolver);
    this.#pollMs = options.signpostPollMs ?? DEFAULT_SIGNPOST_POLL_MS;
    this.#connectTimeoutMs = options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
    this.#events = events;
  }

  /** For the next watcher of the same client. */
  get sight(): Sight {
    return this.#sight;
  }

  /** Null before the first usable answer. */
  get standing(): Standing | null {
    return this.#standing;
  }

  /** Looks until there is a usable answer, then goes on looking. Rejects after the connect time-out, and has stopped then. */
  async start(): Promise<Standing> {
    const deadline = Date.now() + this.#connectTimeoutMs;
    for (;;) {
      const notice = await this.#lookOnce();
      if (this.#standing !== null) {
        void this.#goOn(notice);
        return this.#standing;
      }
      if (this.#stopping.signal.aborted || Date.now() > deadline) {
        const why = 'reason' in notice ? notice.reason : 'disconnect was called';
        throw new NoPlaceToStart(`No signpost for ${this.#record} could be read within the connect time-out: ${why}.`);
      }
      await waitMs(BETWEEN_LOOKS_MS, this.#stopping.signal);
    }
  }

  /** Resolves when a look is taken that was not begun before this call. */
  async look(): Promise<void> {
    await this.#looking;
    await this.#lookOnce();
    this.#waking.abort();
  }

  /** Called after every usable look, changed or not, so that what could not be done is tried again. Returns what ends it. */
  subscribe(handler: (standing: Standing) => void): () => void {
    this.#handlers.add(handler);
    return () => void this.#handlers.delete(handler);
  }

  stop(): void {
    this.#stopping.abort();
    this.#waking.abort();
    this.#handlers.clear();
  }

  async #goOn(first: Notice): Promise<void> {
    let notice = first;
    while (!this.#stopping.signal.aborted) {
      // `stop` ends it too: signals derived from one that lives as long as the client would pile up with it.
      this.#waking = new AbortController();
      await waitMs(pauseMs(this.#standing, notice, this.#pollMs, Math.random()), this.#waking.signal);
      if (!this.#stopping.signal.aborted) notice = await this.#lookOnce();
    }
  }

  #lookOnce(): Promise<Notice> {
    this.#looking ??= this.#take().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #take(): Promise<Notice> {
    const { sight, notice } = look(this.#sight, await lookUpSignpost(this.#resolver, this.#record));
    if (this.#stopping.signal.aborted) return notice;
    this.#sight = sight;
    switch (notice.kind) {
      case 'stay':
        this.#events.emit('stayed', { reason: notice.reason });
        break;
      case 'alarm':
        this.#events.emit('alarm', { reason: notice.reason });
        break;
      case 'absent':
        this.#standing = { kind: 'absent' };
        this.#events.emit('stayed', { reason: `there is no signpost for ${this.#record}: the record itself is used` });
        this.#tell(this.#standing);
        break;
      case 'news':
      case 'unchanged':
        this.#standing = { kind: 'signpost', signpost: notice.signpost };
        this.#tell(this.#standing);
        break;
    }
    return notice;
  }

  #tell(standing: Standing): void {
    for (const handler of this.#handlers) handler(standing);
  }
}

/** `random` is in [0, 1). */
export function pauseMs(standing: Standing | null, notice: Notice, pollMs: number, random: number): number {
  const steady = standing?.kind === 'signpost' && standing.signpost.by === null && notice.kind === 'unchanged';
  return pollMs * (steady || notice.kind === 'absent' ? STEADY_FACTOR : 1) * (0.75 + random / 2);
}
