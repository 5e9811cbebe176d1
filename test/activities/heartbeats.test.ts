import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import fc from 'fast-check';
import { heartbeatDetails, MOST_HEARTBEAT_BYTES } from '../../activities/heartbeats.ts';
import { type Pace, perform } from '../../activities/step.ts';
import { guarantee } from '../support/guarantee.ts';
import { QUIET } from '../support/quiet-logger.ts';

const bytesOf = (details: unknown) => Buffer.byteLength(JSON.stringify(details));
const ledger = { ref: `file:ab/${'cd'.repeat(32)}`, sha256: 'cd'.repeat(32), bytes: 123_456_789 };
const carried = { begun: 1_790_000_000_000, ledger };
const name = (i: number) =>
  `${i}-${'orders.eu-central-1.'.repeat(13)}`.slice(0, 245).concat(String(i).padStart(4, '0'));
const names = (count: number) => Array.from({ length: count }, (_, i) => name(i));

/** What the steps report of the largest clusters, as they report it. */
const largest: Readonly<Record<string, object>> = {
  settle: { phase: 'settle', topicsNotQuiet: 2_000, moving: names(10).map(topic => ({ topic, perSecond: 123_456.7 })) },
  freeze: {
    phase: 'freeze',
    waiting: names(5).map(topic => ({
      topic,
      why: `partition 1999: ${'the replica on broker 3 is behind '.repeat(20)}`,
    })),
    transactions: 2_000,
  },
  'drain of 5,000 groups': {
    phase: 'drain',
    groupsOpen: 5_000,
    worst: names(10).map(group => ({
      group,
      state: 'behind',
      left: String(2n ** 63n - 1n),
      perSecond: 1_234_567.8,
      eta: '86751d',
    })),
  },
  release: { phase: 'release', releasing: name(7) },
  'readers on blue': { phase: 'release', stillOnBlue: names(10), groups: 5_000 },
  'every name of 2,000 topics': { phase: 'bake', topicsKept: 2_000, such: names(2_000) },
  'a wait of many words': { waitingFor: 'green answers '.repeat(1_000) },
};

describe('heartbeatDetails()', () => {
  for (const [step, progress] of Object.entries(largest))
    test(
      ...guarantee(
        { promise: 'bounded', fault: 'thousands of groups, topics and partitions with the longest names' },
        `a heartbeat of ${step} stays within 2 KB, and the next attempt finds where to go on`,
        () => {
          const details = heartbeatDetails(progress, carried);
          assert.ok(bytesOf(details) <= MOST_HEARTBEAT_BYTES, `${bytesOf(details)} bytes`);
          assert.deepEqual(details, { ...details, ...carried });
          const said = details as Record<string, unknown>;
          for (const [key, value] of Object.entries(progress))
            if (typeof value === 'number') assert.equal(said[key], value, 'counts are whole');
        },
      ),
    );

  test('is within 2 KB for whatever progress there may be, and never loses what is carried', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 3_000 });
    const value = fc.oneof(text, fc.jsonValue(), fc.array(text, { maxLength: 200 }), fc.array(fc.jsonValue()));
    fc.assert(
      fc.property(fc.dictionary(text, value, { maxKeys: 30 }), progress => {
        const details = heartbeatDetails(progress, carried);
        assert.ok(bytesOf(details) <= MOST_HEARTBEAT_BYTES, `${bytesOf(details)} bytes`);
        assert.deepEqual([Reflect.get(details, 'begun'), Reflect.get(details, 'ledger')], [carried.begun, ledger]);
      }),
    );
  });

  test('cuts nothing that is short', () => {
    const progress = { phase: 'drain', worst: [{ group: name(1), left: '12' }] };
    assert.deepEqual(heartbeatDetails(progress, { begun: 1 }), { ...progress, begun: 1 });
  });

  test('shows where a name was cut, and what tells long names apart', () => {
    const said = heartbeatDetails({ stillOnBlue: names(10) }, carried) as { stillOnBlue: string[] };
    assert.equal(new Set(said.stillOnBlue).size, 10);
    for (const [i, shown] of said.stillOnBlue.entries()) assert.match(shown, new RegExp(`^${i}-orders.*….*${i}$`));
  });

  test('counts what a list does not name any more', () => {
    const { such } = heartbeatDetails({ such: names(2_000) }, carried) as { such: string[] };
    assert.match(such.at(-1) ?? '', /^… and \d+ more$/);
  });
});

describe('perform()', () => {
  test('beats within 2 KB, with what was carried, however much a step reports', async () => {
    const environment = new MockActivityEnvironment();
    const beats: unknown[] = [];
    environment.on('heartbeat', details => beats.push(details));
    await environment.run(() =>
      perform(async (pace: Pace) => {
        pace.carry({ ledger });
        for (const progress of Object.values(largest)) pace.progress(progress);
      }),
    );
    assert.equal(beats.length, 1 + Object.keys(largest).length);
    for (const beat of beats.slice(1)) {
      assert.ok(bytesOf(beat) <= MOST_HEARTBEAT_BYTES);
      assert.deepEqual((beat as typeof carried).ledger, ledger);
    }
  });

  test('fails in at most 12 KB of history, however much a broker had to say', async () => {
    const dump = 'NOT_LEADER_OR_FOLLOWER '.repeat(100_000);
    const failure = await new MockActivityEnvironment({}, { logger: QUIET })
      .run(() =>
        perform(() => {
          throw new TypeError(dump, { cause: new Error(dump) });
        }),
      )
      .then(
        () => assert.fail('it had to fail'),
        (error: unknown) => error,
      );
    assert.ok(failure instanceof Error && failure.cause instanceof Error);
    assert.equal(failure.cause.cause, undefined);
    const texts = [failure.message, failure.stack, failure.cause.message, failure.cause.stack];
    assert.ok(bytesOf(texts) <= 12 * 1024, `${bytesOf(texts)} bytes`);
  });
});
