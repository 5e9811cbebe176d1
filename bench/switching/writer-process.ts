/** An application that writes keyed, sequenced records at a pace until SIGTERM, and tells of each acknowledgement. */
import { setTimeout as delay } from 'node:timers/promises';
import { formatValue } from '../../demo/traffic/identity.ts';
import { Pace } from '../../demo/traffic/pace.ts';
import { TimedProducer } from '../../demo/traffic/timed-producer.ts';
import { answerQuestions, taskOf, tellNews } from './answering.ts';
import { blueGreenProducer, plainProducer } from './contestant.ts';
import type { Names } from './names.ts';

export interface WriterTask {
  readonly client: 'kafka-bluegreen' | 'timer' | 'kafkajs';
  readonly names: Names;
  readonly topic: string;
  readonly producer: string;
  readonly keys: number;
  readonly perSecond: number;
  readonly timerMs: number;
}

/** Rows of (key, sequence, when). */
export interface Acknowledgements {
  readonly key: readonly number[];
  readonly sequence: readonly number[];
  readonly atMs: readonly number[];
}

const TICK_MS = 5;
const TELL_EVERY_MS = 50;
const VALUE_BYTES = 100;
const MOST_BEHIND = 500;

const task = taskOf() as WriterTask;
const stopping = new AbortController();
let told = { key: [] as number[], sequence: [] as number[], atMs: [] as number[] };

interface WrittenRecord {
  readonly key: number;
  readonly sequence: number;
}

/** The library's is given each message as it comes; kafkajs's, which sends each call by itself, all that is due at once. */
function writer(): {
  connect(): Promise<void>;
  write(records: readonly WrittenRecord[]): Promise<unknown>[];
  disconnect(): Promise<void>;
} {
  const { client, names, topic } = task;
  if (client === 'kafka-bluegreen') {
    const producer = blueGreenProducer(names);
    return {
      connect: () => producer.connect(),
      write: records =>
        records.map(record =>
          producer.send({ topic, messages: [messageOf(record)] }).then(() => acknowledge([record])),
        ),
      disconnect: () => producer.disconnect(),
    };
  }
  const create = () => plainProducer(names);
  const producer = client === 'timer' ? new TimedProducer(create, task.timerMs) : create();
  return {
    connect: () => producer.connect(),
    write: records => [producer.send({ topic, messages: records.map(messageOf) }).then(() => acknowledge(records))],
    disconnect: () => producer.disconnect(),
  };
}

function messageOf({ key, sequence }: WrittenRecord) {
  return { key: `key-${key}`, value: formatValue(task.producer, sequence, VALUE_BYTES) };
}

function acknowledge(records: readonly WrittenRecord[]): void {
  const atMs = performance.timeOrigin + performance.now();
  for (const { key, sequence } of records) {
    told.key.push(key);
    told.sequence.push(sequence);
    told.atMs.push(atMs);
  }
}

async function tell(): Promise<void> {
  if (told.key.length === 0) return;
  const news: Acknowledgements = told;
  told = { key: [], sequence: [], atMs: [] };
  await tellNews(news);
}

async function run(): Promise<void> {
  const producer = writer();
  await producer.connect();
  const telling = setInterval(() => void tell(), TELL_EVERY_MS);
  const sends = new Set<Promise<unknown>>();
  const pacer = new Pace(task.perSecond);
  let nth = 0;
  for (let lastMs = performance.now(); !stopping.signal.aborted; ) {
    await delay(TICK_MS);
    const nowMs = performance.now();
    const due = pacer.due(nowMs - lastMs, MOST_BEHIND);
    lastMs = nowMs;
    const records = Array.from({ length: due }, (_, at) => {
      const place = nth + at;
      return { key: place % task.keys, sequence: Math.floor(place / task.keys) };
    });
    nth += due;
    if (due === 0) continue;
    for (const send of producer.write(records)) {
      // One that is given up is not acknowledged, and the audit asks for no more.
      const settled = send.catch(() => undefined).finally(() => sends.delete(settled));
      sends.add(settled);
    }
  }
  await Promise.all(sends);
  clearInterval(telling);
  await tell();
  await producer.disconnect();
}

const running = run();
running.catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
answerQuestions(
  async () => null,
  () => {
    stopping.abort();
    return running;
  },
);
