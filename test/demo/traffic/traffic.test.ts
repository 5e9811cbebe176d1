import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { formatValue, identityOf } from '../../../demo/traffic/identity.ts';
import { type FromTraffic, formatMessage, readMessages } from '../../../demo/traffic/messages.ts';
import { Pace } from '../../../demo/traffic/pace.ts';
import { DEMO_APPLICATIONS, recordsPerSecond } from '../../../demo/traffic/shapes.ts';

const { topics: TOPICS, groups: GROUPS } = DEMO_APPLICATIONS;

const readers = (topic: string) => GROUPS.filter(({ topics }) => topics.includes(topic)).length;

describe("the demo's traffic", () => {
  test('has twelve topics, four groups, a group for every topic and more than 500 records a second', () => {
    assert.equal(TOPICS.length, 12);
    assert.equal(GROUPS.length, 4);
    assert.deepEqual(new Set(GROUPS.flatMap(({ topics }) => topics)), new Set(TOPICS.map(({ topic }) => topic)));
    assert.ok(recordsPerSecond(DEMO_APPLICATIONS) >= 550);
  });

  test('has a slow group, and topics that several groups read', () => {
    assert.equal(GROUPS.filter(({ pauseMs }) => pauseMs > 0).length, 1);
    assert.ok(TOPICS.filter(({ topic }) => readers(topic) > 1).length >= 3);
  });

  test('keeps its rate over any rhythm of ticks', () => {
    const ticks = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 50, maxLength: 400 });
    fc.assert(
      fc.property(ticks, fc.integer({ min: 1, max: 300 }), (elapsed, perSecond) => {
        const pace = new Pace(perSecond);
        const sent = elapsed.reduce((total, ms) => total + pace.due(ms, 50), 0);
        const wanted = (elapsed.reduce((total, ms) => total + ms, 0) * perSecond) / 1_000;
        assert.ok(Math.abs(sent - wanted) < 1.01, `${sent} records, ${wanted} were due`);
      }),
    );
  });

  test('does not try to catch up after a long gap', () => {
    assert.equal(new Pace(100).due(60_000, 50), 50);
  });

  test('is known again from the value of a record', () => {
    fc.assert(
      fc.property(fc.nat({ max: 999_999_999 }), fc.nat({ max: 600 }), (sequence, bytes) => {
        const value = formatValue('web-1', sequence, bytes);
        assert.ok(value.length >= bytes);
        assert.deepEqual(identityOf('k', value), { key: 'k', producer: 'web-1', sequence });
      }),
    );
  });

  test('is told from records of others', () => {
    for (const [key, value] of [
      [null, 'web-1 1 '],
      ['k', null],
      ['k', 'hello'],
      ['k', '17'],
    ] as const)
      assert.equal(identityOf(key, value), null);
  });

  test('reports over a pipe that cuts messages anywhere', async () => {
    const messages: FromTraffic[] = [
      { kind: 'streams', streams: [{ topic: 't', key: 'k', producer: 'p' }] },
      { kind: 'acknowledged', stream: [0], sequence: [7], atMs: [1] },
      { kind: 'stopped-producing' },
    ];
    const text = messages.map(message => formatMessage(message)).join('');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), async sizes => {
        const chunks: string[] = [];
        for (let at = 0, nth = 0; at < text.length; nth += 1) {
          const size = sizes[nth % sizes.length] ?? 1;
          chunks.push(text.slice(at, at + size));
          at += size;
        }
        const read: FromTraffic[] = [];
        for await (const message of readMessages<FromTraffic>(pipe(chunks))) read.push(message);
        assert.deepEqual(read, messages);
      }),
    );
  });
});

async function* pipe(chunks: readonly string[]): AsyncGenerator<string> {
  yield* chunks;
}
