import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  formatSignpost,
  fromTxtValue,
  nextEpoch,
  parseSignpost,
  type Signpost,
  signpostName,
  txtValue,
} from '../../switching/src/signpost.ts';

const word = (alphabet: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet.split('')), minLength, maxLength });
const clusterId = word('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghij0123456789_', 22, 22);
const address = fc
  .tuple(word('abcdefghijklmnop0123456789-.', 1, 60), fc.integer({ min: 1, max: 65_535 }))
  .map(([host, port]) => `${host}:${port}`);
const signpost: fc.Arbitrary<Signpost> = fc
  .record({
    epoch: fc.bigInt({ min: 0n, max: 9_999_999_999_999_999_999n }),
    by: fc.option(word('0123456789abcdef', 12, 12)),
    hold: fc.boolean(),
    clusters: fc.uniqueArray(fc.tuple(clusterId, address), { minLength: 1, maxLength: 4, selector: ([id]) => id }),
    drains: fc.boolean(),
  })
  .map(({ epoch, by, hold, clusters, drains }) => {
    const ids = clusters.map(([id]) => id);
    const [first = ''] = ids;
    return {
      epoch,
      by,
      write: hold ? { kind: 'hold' } : { kind: 'cluster', id: ids.at(-1) ?? first },
      read: first,
      drain: drains ? (ids[1] ?? null) : null,
      addresses: new Map(clusters),
    };
  });

const good = 'v=1 epoch=7 by=- write=blueId read=blueId drain=- blueId=blue.example.com:9092';

describe('signpost', () => {
  it('reads back what it wrote, in whatever order the keys stand', () => {
    fc.assert(
      fc.property(signpost, fc.integer(), (written, seed) => {
        const parts = formatSignpost(written).split(' ');
        const shuffled = parts.map((part, at) => ({ part, rank: (at * 7919 + seed) % 101 }));
        const text = shuffled
          .toSorted((a, b) => a.rank - b.rank)
          .map(({ part }) => part)
          .join(' ');
        assert.deepEqual(parseSignpost(text), { kind: 'signpost', signpost: written });
      }),
    );
  });

  it('has one text for one meaning', () => {
    fc.assert(
      fc.property(signpost, written => {
        const turned = { ...written, addresses: new Map([...written.addresses].toReversed()) };
        assert.equal(formatSignpost(turned), formatSignpost(written));
      }),
    );
  });

  it('ignores keys it does not know', () => {
    const parsed = parseSignpost(`${good} mood=sunny future=a=b`);
    assert.deepEqual(parsed, parseSignpost(good));
    assert.equal(parsed.kind, 'signpost');
  });

  it('says hold without naming a cluster to write to', () => {
    const parsed = parseSignpost(good.replace('write=blueId', 'write=hold'));
    assert.deepEqual(parsed.kind === 'signpost' ? parsed.signpost.write : null, { kind: 'hold' });
  });

  for (const [what, text, reason] of [
    ['nothing', '', /version/],
    ['another version', good.replace('v=1', 'v=2'), /version "2"/],
    ['an epoch that is no number', good.replace('epoch=7', 'epoch=seven'), /epoch/],
    ['a negative epoch', good.replace('epoch=7', 'epoch=-7'), /epoch/],
    ['no write', good.replace('write=blueId ', ''), /does not say write/],
    ['no read', good.replace('read=blueId ', ''), /does not say read/],
    ['no drain', good.replace('drain=- ', ''), /does not say drain/],
    ['no by', good.replace('by=- ', ''), /does not say by/],
    ['a cluster without its address', good.replace('write=blueId', 'write=greenId'), /greenId without/],
    ['an address without port', good.replace(':9092', ''), /blueId without/],
    ['a key twice', `${good} epoch=8`, /epoch twice/],
    ['text that is no key=value', `${good} hello`, /"hello"/],
  ] as const)
    it(`names what is wrong with ${what}`, () => {
      const parsed = parseSignpost(text);
      assert.equal(parsed.kind, 'malformed');
      assert.match(parsed.kind === 'malformed' ? parsed.reason : '', reason);
    });

  it('takes any text without throwing', () => {
    fc.assert(
      fc.property(fc.string(), text => assert.ok(['signpost', 'malformed'].includes(parseSignpost(text).kind))),
    );
  });

  it('stands beside its record', () => {
    assert.equal(signpostName('kafka.orders.example.com'), '_bluegreen.kafka.orders.example.com');
  });
});

describe('TXT value', () => {
  it('is read back whole from parts of at most 255 bytes, joined without separator', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 900 }), text => {
        const value = txtValue(text);
        assert.equal(fromTxtValue(value), text);
        for (const [, part = ''] of value.matchAll(/"((?:[^"\\]|\\.)*)"/gs))
          assert.ok(Buffer.byteLength(part.replace(/\\(.)/gs, '$1')) <= 255);
      }),
    );
  });

  it('is one quoted string where that suffices', () => {
    assert.equal(txtValue(good), `"${good}"`);
  });

  it('may come without quotes', () => {
    assert.equal(fromTxtValue(good), good);
  });
});

describe('next epoch', () => {
  it('is above the last and not below the seconds since 1970', () => {
    fc.assert(
      fc.property(fc.option(fc.bigInt({ min: 0n, max: 10n ** 18n })), fc.nat({ max: 2 ** 31 }), (last, seconds) => {
        const next = nextEpoch(last, seconds * 1_000 + 999);
        assert.ok(next >= BigInt(seconds));
        if (last !== null) assert.ok(next > last);
        assert.ok(next === BigInt(seconds) || (last !== null && next === last + 1n));
      }),
    );
  });
});
