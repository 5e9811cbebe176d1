import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { type AuditInput, audit } from '../../../demo/auditor/audit.ts';

/** A run as plain rows, so that a test can spoil one of them. */
interface Row {
  stream: number;
  sequence: number;
  atMs: number;
}
interface Run {
  acknowledged: Row[];
  blue: Row[];
  green: Row[];
  billing: Row[];
  archive: Row[];
}
type Place = 'blue' | 'green' | 'billing' | 'archive';

const STREAMS = [
  { topic: 'orders', key: 'k1', producer: 'p1' },
  { topic: 'orders', key: 'k1', producer: 'p2' },
  { topic: 'orders', key: 'k2', producer: 'p1' },
  { topic: 'payments', key: 'k1', producer: 'p1' },
];
const TOPICS = { billing: ['orders', 'payments'], archive: ['payments'] };
const readBy = (group: 'billing' | 'archive') => (row: Row) => TOPICS[group].includes(STREAMS[row.stream]?.topic ?? '');

/** `perStream` counts of records on blue and on green; each stream's sequences go on over the flip. */
function cleanRun(perStream: readonly (readonly [number, number])[]): Run {
  const next = STREAMS.map(() => 0);
  let atMs = 1_000;
  const rows = (colour: 0 | 1) => {
    const left = perStream.map(counts => counts[colour]);
    const made: Row[] = [];
    while (left.some(count => count > 0))
      left.forEach((count, stream) => {
        if (count === 0) return;
        left[stream] = count - 1;
        made.push({ stream, sequence: next[stream] ?? 0, atMs });
        next[stream] = (next[stream] ?? 0) + 1;
        atMs += 10;
      });
    return made;
  };
  const blue = rows(0);
  const green = rows(1);
  const both = [...blue, ...green];
  return {
    acknowledged: [...both],
    blue,
    green,
    billing: both.filter(readBy('billing')),
    archive: both.filter(readBy('archive')),
  };
}

const seen = (rows: Row[]) => ({
  stream: Float64Array.from(rows, row => row.stream),
  sequence: Float64Array.from(rows, row => row.sequence),
});

function inputOf(run: Run): AuditInput {
  const log = (rows: Row[]) => ({ ...seen(rows), partition: Float64Array.from(rows, row => row.stream % 2) });
  return {
    streams: STREAMS,
    produced: run.acknowledged.length,
    acknowledged: { ...seen(run.acknowledged), atMs: Float64Array.from(run.acknowledged, row => row.atMs) },
    logs: [
      { cluster: 'blue', rows: log(run.blue), stranded: false },
      { cluster: 'green', rows: log(run.green), stranded: false },
    ],
    groups: [
      { group: 'billing', topics: TOPICS.billing, handled: seen(run.billing) },
      { group: 'archive', topics: TOPICS.archive, handled: seen(run.archive) },
    ],
  };
}

const harm = (run: Run) => {
  const { lost, doubled, reordered } = audit(inputOf(run));
  return { lost, doubled, reordered };
};

const counts = fc.tuple(fc.integer({ min: 2, max: 30 }), fc.integer({ min: 2, max: 30 }));
const runs = fc.tuple(counts, counts, counts, counts).map(cleanRun);
const places = fc.constantFrom<Place>('blue', 'green', 'billing', 'archive');
const spoilt = fc
  .tuple(runs, places, fc.nat())
  .map(([run, place, n]) => ({ run, rows: run[place], at: n % run[place].length }));

describe('audit', () => {
  test('finds nothing in a run in which nothing went wrong', () => {
    fc.assert(
      fc.property(runs, run => {
        const result = audit(inputOf(run));
        assert.deepEqual([result.lost, result.doubled, result.reordered, result.inLogs.unacknowledged], [0, 0, 0, 0]);
        assert.deepEqual(result.acknowledgedOn, { blue: run.blue.length, green: run.green.length });
        assert.deepEqual(result.stranded, {});
        assert.equal(result.read, run.blue.length + run.green.length);
        assert.ok(result.groups.every(group => group.complete && group.handled === group.expected));
      }),
    );
  });

  test('counts exactly one lost record when one is removed from a log or from what a group handled', () => {
    fc.assert(
      fc.property(spoilt, ({ run, rows, at }) => {
        rows.splice(at, 1);
        assert.deepEqual(harm(run), { lost: 1, doubled: 0, reordered: 0 });
      }),
    );
  });

  test('counts exactly one doubled record when one occurs twice, at whatever distance', () => {
    fc.assert(
      fc.property(spoilt, fc.nat(), ({ run, rows, at }, later) => {
        const [row] = rows.slice(at, at + 1);
        assert.ok(row);
        rows.splice(at + 1 + (later % (rows.length - at)), 0, row);
        assert.deepEqual(harm(run), { lost: 0, doubled: 1, reordered: 0 });
      }),
    );
  });

  test('counts exactly one doubled record when blue and green hold the same one', () => {
    fc.assert(
      fc.property(runs, fc.nat(), fc.nat(), (run, n, m) => {
        const [row] = run.blue.slice(n % run.blue.length);
        assert.ok(row);
        run.green.splice(m % run.green.length, 0, row);
        assert.deepEqual(harm(run), { lost: 0, doubled: 1, reordered: 0 });
        assert.equal(audit(inputOf(run)).inLogs.doubled, 1);
      }),
    );
  });

  test('counts exactly one reordered record when two neighbours of a stream are swapped', () => {
    fc.assert(
      fc.property(spoilt, ({ run, rows, at }) => {
        const [row] = rows.slice(at);
        const next = rows.findIndex((other, index) => index > at && other.stream === row?.stream);
        fc.pre(row !== undefined && next >= 0);
        const [other] = rows.slice(next);
        assert.ok(row && other);
        rows[at] = other;
        rows[next] = row;
        assert.deepEqual(harm(run), { lost: 0, doubled: 0, reordered: 1 });
      }),
    );
  });

  test('counts exactly one reordered record when one was written to green before its stream left blue', () => {
    const run = cleanRun([
      [3, 3],
      [2, 2],
      [2, 2],
      [2, 2],
    ]);
    const late = run.blue.pop();
    assert.ok(late);
    run.green.push(late);
    assert.deepEqual(harm(run), { lost: 0, doubled: 0, reordered: 1 });
  });

  test('expects no group to read what a rollback left on green, and counts it by topic', () => {
    fc.assert(
      fc.property(runs, run => {
        const later = run.green.filter(row => row.stream === 0);
        const left = run.green.filter(row => row.stream !== 0);
        const isLeft = (row: Row) => left.includes(row);
        const log = (rows: Row[]) => ({ ...seen(rows), partition: Float64Array.from(rows, () => 0) });
        const result = audit({
          ...inputOf({
            ...run,
            billing: run.billing.filter(row => !isLeft(row)),
            archive: run.archive.filter(row => !isLeft(row)),
          }),
          logs: [
            { cluster: 'blue', rows: log([...run.blue, ...later]), stranded: false },
            { cluster: 'green', rows: log(left), stranded: true },
          ],
        });
        assert.deepEqual([result.lost, result.doubled, result.reordered], [0, 0, 0]);
        const inTopic = (topic: string) => left.filter(row => STREAMS[row.stream]?.topic === topic).length;
        assert.deepEqual(result.stranded, { orders: inTopic('orders'), payments: inTopic('payments') });
      }),
    );
  });

  test('does not mind how different keys or producers are interleaved', () => {
    const run = cleanRun([
      [5, 5],
      [5, 5],
      [5, 5],
      [5, 5],
    ]);
    run.billing.sort((a, b) => a.stream - b.stream || a.sequence - b.sequence);
    assert.deepEqual(harm(run), { lost: 0, doubled: 0, reordered: 0 });
  });

  test('counts a record that was never acknowledged as no loss, whether a log holds it or not', () => {
    const run = cleanRun([
      [3, 3],
      [3, 3],
      [3, 3],
      [3, 3],
    ]);
    run.acknowledged.splice(4, 1);
    assert.deepEqual(harm(run), { lost: 0, doubled: 0, reordered: 0 });
    assert.equal(audit(inputOf(run)).inLogs.unacknowledged, 1);
  });

  test('names what a group handled that no log held', () => {
    const run = cleanRun([
      [3, 3],
      [3, 3],
      [3, 3],
      [3, 3],
    ]);
    run.archive.push({ stream: 3, sequence: 99, atMs: 0 });
    const archive = audit(inputOf(run)).groups.find(({ group }) => group === 'archive');
    assert.equal(archive?.unexplained, 1);
  });

  test('measures the stall of each partition from the last acknowledgement on blue to the first on green', () => {
    const run = cleanRun([
      [2, 2],
      [0, 0],
      [0, 0],
      [2, 2],
    ]);
    for (const row of run.acknowledged)
      row.atMs = run.blue.includes(row) ? 1_000 + row.sequence : 1_500 + row.stream * 100 + row.sequence;
    const { stalls, writeStallMs } = audit(inputOf(run));
    assert.deepEqual(
      stalls.toSorted((a, b) => a.topic.localeCompare(b.topic)),
      [
        { topic: 'orders', partition: 0, stallMs: 501 },
        { topic: 'payments', partition: 1, stallMs: 801 },
      ],
    );
    assert.deepEqual(writeStallMs, { p50: 501, p99: 801, max: 801 });
  });
});
