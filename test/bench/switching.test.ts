import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aimsOf } from '../../bench/switching/aims.ts';
import { renderSwitchingPage } from '../../bench/switching/page.ts';
import { renderSwitchingPicture } from '../../bench/switching/picture.ts';
import type { SwitchingResults } from '../../bench/switching/results.ts';
import { median, percentile } from '../../bench/switching/statistics.ts';

const rates = {
  'kafka-bluegreen': 95,
  kafkajs: 2,
  'kafka-bluegreen-batch': 120,
  'kafkajs-batch': 60,
  platformatic: 100,
};

const results: SwitchingResults = {
  date: '2026-01-02T03:04:05.678Z',
  machine: { cores: 2, model: 'a processor', node: '24.0.0' },
  versions: { Kafka: '3.9.2 and 4.3.1' },
  quick: false,
  seconds: 321,
  plan: { rounds: 4, pacePerSecond: 1_000, flips: 4, flipPerSecond: 5_000 },
  steady: Object.entries({ ...rates, java: 300 }).map(([client, messagesPerSecond]) => ({
    client: client as keyof typeof rates,
    messageBytes: 100,
    messagesPerSecond,
    p99Ms: 3.5,
  })),
  flip: [
    { client: 'kafka-bluegreen', stallMs: { p50: 5, p99: 264, max: 300 }, lost: 0, doubled: 0, reordered: 0 },
    { client: 'timer', stallMs: { p50: 0, p99: 10, max: 20 }, lost: 0, doubled: 0, reordered: 6 },
  ],
  memory: [{ client: 'kafka-bluegreen', producers: 50, rssBytes: 104_857_600 }],
  hold: {
    holdMs: 60_000,
    offeredPerSecond: 1_000,
    maxBufferBytes: 33_554_432,
    mostBufferedBytes: 33_554_000,
    mostHeapBytes: 104_857_600,
    mostRssBytes: 209_715_200,
    mostUnanswered: 60_000,
    failed: 0,
  },
};

const missedBy = (changed: Partial<SwitchingResults>): string[] =>
  aimsOf({ ...results, ...changed })
    .filter(({ held }) => !held)
    .map(({ aim }) => aim);

describe('the page of the producers', () => {
  test('has every figure in a table of even rows, and says that all aims are held', () => {
    const page = renderSwitchingPage(results);
    const tables = page.split('\n\n').filter(part => part.startsWith('|'));
    for (const table of tables) {
      assert.equal(new Set(table.split('\n').map(line => line.split('|').length)).size, 1, table);
    }
    for (const figure of ['| 95 |', '264 ms', '3.5 ms', '100 MiB', 'All aims are held'])
      assert.ok(page.includes(figure), figure);
  });

  test('names each aim that is missed', () => {
    assert.deepEqual(missedBy({}), []);
    const slower = results.steady.map(row =>
      row.client === 'platformatic' ? { ...row, messagesPerSecond: 130 } : row,
    );
    assert.deepEqual(missedBy({ steady: slower }), [
      'one message a send, 100 B: not under 0.9 of the best that gathers by hand',
      'gathered by hand, 100 B: faster than every Node client',
    ]);
    const [ours] = results.flip;
    assert.ok(ours);
    const slow = { ...ours, stallMs: { ...ours.stallMs, p99: 1_000 } };
    assert.deepEqual(missedBy({ flip: [slow] }), ['over a flip, a stall of under 1 s at the 99th percentile']);
    assert.deepEqual(missedBy({ flip: [{ ...ours, doubled: 1 }] }), [
      'over a flip, lost / doubled / reordered 0 / 0 / 0',
    ]);
    const full = { ...results.hold, mostBufferedBytes: 33_554_433 };
    assert.deepEqual(missedBy({ hold: full }), ['in a hold, no more is buffered than the bound']);
    assert.match(renderSwitchingPage({ ...results, hold: full }), /Missed: in a hold/);
  });

  test('has a picture with a bar for each client at each size, and each flip', () => {
    const bars = renderSwitchingPicture(results).match(/<rect [^>]*rx="2"/g) ?? [];
    assert.equal(bars.length, results.steady.length + results.flip.length);
  });
});

test('figures of many rounds: the median, and percentiles by the nearest rank', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);
  assert.deepEqual([percentile(hundred, 50), percentile(hundred, 99), percentile(hundred, 100)], [50, 99, 100]);
});
