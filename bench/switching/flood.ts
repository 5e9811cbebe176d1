/** As fast as a client takes it, and at a pace. */
import { setTimeout as delay } from 'node:timers/promises';
import { Pace } from '../../demo/traffic/pace.ts';
import type { BenchMessage, Contestant } from './contestant.ts';
import { percentile } from './statistics.ts';

const KEYS = 1_000;
/** Of the sends that may be unanswered. */
const REFILLED_AT = 0.75;
const TICK_MS = 2;
/** A pause of the machine is not made up for by a burst. */
const MOST_BEHIND = 50;

/** Messages whose keys spread over all partitions; the same for every client. */
export function messagesOf(bytes: number): (nth: number) => BenchMessage {
  const value = Buffer.alloc(bytes, 'value ');
  const messages = Array.from({ length: KEYS }, (_, nth) => ({ key: Buffer.from(`key-${nth}`), value }));
  return nth => messages[nth % KEYS] as BenchMessage;
}

/** Acknowledged messages per second, after a warm-up in which the client learns of the topic. */
export async function flood(client: Contestant, topic: string, bytes: number, durationMs: number): Promise<number> {
  const message = messagesOf(bytes);
  await client.send(topic, batchOf(message, 0, client.messagesASend));
  const flooding = new Flooding(client, topic, message);
  const startedMs = performance.now();
  const acknowledged = await flooding.until(startedMs + durationMs);
  return acknowledged / ((performance.now() - startedMs) / 1_000);
}

/** Keeps as many sends unanswered as the client is at its best with. */
class Flooding {
  readonly #client: Contestant;
  readonly #topic: string;
  readonly #message: (nth: number) => BenchMessage;
  #nth = 0;
  #acknowledged = 0;
  #unanswered = 0;
  #enough = 0;
  #wake: () => void = () => undefined;
  #fail: (error: unknown) => void = () => undefined;

  constructor(client: Contestant, topic: string, message: (nth: number) => BenchMessage) {
    this.#client = client;
    this.#topic = topic;
    this.#message = message;
  }

  readonly #answered = (): void => {
    this.#acknowledged += this.#client.messagesASend;
    this.#unanswered -= 1;
    if (this.#unanswered <= this.#enough) this.#wake();
  };

  readonly #failed = (error: unknown): void => this.#fail(error);

  /** Resolves to the messages acknowledged, when everything is answered. */
  async until(endMs: number): Promise<number> {
    const { sendsUnanswered } = this.#client;
    while (performance.now() < endMs) {
      for (; this.#unanswered < sendsUnanswered; this.#unanswered += 1) this.#send();
      await this.#atMost(Math.floor(sendsUnanswered * REFILLED_AT));
    }
    await this.#atMost(0);
    return this.#acknowledged;
  }

  #send(): void {
    const { messagesASend } = this.#client;
    const messages = batchOf(this.#message, this.#nth, messagesASend);
    this.#nth += messagesASend;
    this.#client.send(this.#topic, messages).then(this.#answered, this.#failed);
  }

  #atMost(unanswered: number): Promise<void> {
    if (this.#unanswered <= unanswered) return Promise.resolve();
    this.#enough = unanswered;
    return new Promise((resolve, reject) => {
      this.#wake = resolve;
      this.#fail = reject;
    });
  }
}

function batchOf(message: (nth: number) => BenchMessage, first: number, count: number): BenchMessage[] {
  const messages: BenchMessage[] = [];
  for (let at = 0; at < count; at += 1) messages.push(message(first + at));
  return messages;
}

/** The 99th percentile of the time from `send` to its answer, at an equal pace. Who gathers by hand gathers what is due at once. */
export async function pace(
  client: Contestant,
  topic: string,
  bytes: number,
  { perSecond, durationMs }: { readonly perSecond: number; readonly durationMs: number },
): Promise<number> {
  const message = messagesOf(bytes);
  const pacer = new Pace(perSecond);
  const latenciesMs: number[] = [];
  const sends: Promise<void>[] = [];
  const send = (messages: BenchMessage[]) => {
    const sentMs = performance.now();
    sends.push(client.send(topic, messages).then(() => void latenciesMs.push(performance.now() - sentMs)));
  };
  const end = performance.now() + durationMs;
  for (let nth = 0, lastMs = performance.now(); lastMs < end; ) {
    await delay(TICK_MS);
    const nowMs = performance.now();
    const due = pacer.due(nowMs - lastMs, MOST_BEHIND);
    const messages = batchOf(message, nth, due);
    if (client.messagesASend > 1 && due > 0) send(messages);
    else for (const one of messages) send([one]);
    nth += due;
    lastMs = nowMs;
  }
  await Promise.all(sends);
  return percentile(latenciesMs, 99);
}
