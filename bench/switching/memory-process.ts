/** Producers of one process, and the memory that they take: while they write a little, and while one of them is held. */
import { setTimeout as delay } from 'node:timers/promises';
import { Pace } from '../../demo/traffic/pace.ts';
import { answerQuestions, taskOf } from './answering.ts';
import { type BenchMessage, blueGreenProducer, plainProducer } from './contestant.ts';
import { messagesOf } from './flood.ts';
import type { Names } from './names.ts';

export interface MemoryTask {
  readonly client: 'kafka-bluegreen' | 'kafkajs';
  readonly producers: number;
  readonly names: Names;
  readonly topic: string;
}

export type MemoryQuestion =
  /** Answered with the process's resident bytes. */
  | { readonly kind: 'idle' }
  /** Begins to write at this pace without waiting for answers; answered at once. */
  | { readonly kind: 'write'; readonly perSecond: number; readonly messageBytes: number }
  /** Stops writing; answered when every send has ended. */
  | { readonly kind: 'stop-writing' };

export interface MostUsed {
  bufferedBytes: number;
  heapBytes: number;
  rssBytes: number;
  unanswered: number;
  failed: number;
}

const SENDS_EACH = 20;
const TICK_MS = 10;
const MOST_BEHIND = 2_000;
const VALUE_BYTES = 100;

const { client, producers: count, names, topic } = taskOf() as MemoryTask;
const producers = Array.from({ length: count }, () =>
  client === 'kafka-bluegreen' ? blueGreenProducer(names) : plainProducer(names),
);
const connected = Promise.all(producers.map(producer => producer.connect()));
const most: MostUsed = { bufferedBytes: 0, heapBytes: 0, rssBytes: 0, unanswered: 0, failed: 0 };
let writing: Promise<void> | null = null;
const stopping = new AbortController();

async function writeALittle(): Promise<number> {
  const message = messagesOf(VALUE_BYTES);
  for (let nth = 0; nth < SENDS_EACH; nth += 1) {
    await Promise.all(producers.map(producer => producer.send({ topic, messages: [message(nth)] })));
  }
  return process.memoryUsage.rss();
}

async function write(perSecond: number, messageBytes: number): Promise<void> {
  const [producer] = producers;
  if (producer === undefined) return;
  const message = messagesOf(messageBytes);
  const pacer = new Pace(perSecond);
  const unanswered = new Set<Promise<unknown>>();
  let nth = 0;
  for (let lastMs = performance.now(); !stopping.signal.aborted; ) {
    await delay(TICK_MS);
    const nowMs = performance.now();
    for (let left = pacer.due(nowMs - lastMs, MOST_BEHIND); left > 0; left -= 1, nth += 1) {
      const send: Promise<unknown> = producer
        .send({ topic, messages: [ownCopy(message(nth))] })
        .catch(() => {
          most.failed += 1;
        })
        .finally(() => unanswered.delete(send));
      unanswered.add(send);
    }
    lastMs = nowMs;
    most.unanswered = Math.max(most.unanswered, unanswered.size);
    if ('bufferedBytes' in producer) most.bufferedBytes = Math.max(most.bufferedBytes, producer.bufferedBytes);
    const { heapUsed, rss } = process.memoryUsage();
    most.heapBytes = Math.max(most.heapBytes, heapUsed);
    most.rssBytes = Math.max(most.rssBytes, rss);
  }
  await Promise.all(unanswered);
}

/** An application's messages are each their own. */
function ownCopy({ key, value }: BenchMessage): BenchMessage {
  return { key, value: Buffer.from(value) };
}

answerQuestions(
  async asked => {
    const question = asked as MemoryQuestion;
    await connected;
    switch (question.kind) {
      case 'idle':
        return writeALittle();
      case 'write':
        writing = write(question.perSecond, question.messageBytes);
        return null;
      case 'stop-writing':
        stopping.abort();
        await writing;
        return most;
    }
  },
  () => Promise.all(producers.map(producer => producer.disconnect())),
);
