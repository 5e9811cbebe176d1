/** What the logs of a topic hold, by value and how often, read by the auditor's own reader: whether a record is there is not a count. */
import assert from 'node:assert/strict';
import { LogReader } from '../../demo/auditor/log-reader.ts';

const WITHIN_MS = 60_000;

/** Reads the topic from its first record to the end that it has now. `address` is one of the cluster's brokers. */
export async function storedValues(address: string, topic: string): Promise<ReadonlyMap<string, number>> {
  const [host = '', port = ''] = address.split(':');
  const stored = new Map<string, number>();
  const reader = await LogReader.start({
    bootstrap: [{ host, port: Number(port) }],
    reads: name => name === topic,
    onRecord: (_topic, _partition, { value }) => {
      const text = value?.toString() ?? '';
      stored.set(text, (stored.get(text) ?? 0) + 1);
    },
  });
  try {
    await reader.readToEnd(WITHIN_MS);
  } finally {
    await reader.stop();
  }
  return stored;
}

/** Each record that was acknowledged is there, and once. */
export function assertStoredOnce(stored: ReadonlyMap<string, number>, acknowledged: readonly string[]): void {
  assert.ok(acknowledged.length > 0, 'records were acknowledged');
  assert.equal(new Set(acknowledged).size, acknowledged.length, 'each record has a value of its own');
  const wrong = acknowledged.filter(value => stored.get(value) !== 1);
  assert.deepEqual(
    wrong.map(value => `${value}: ${stored.get(value) ?? 0} times`),
    [],
  );
}
