import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { firstSample, nextSample, notQuietFor } from '../../activities/quiet.ts';

const sample = (atMs: number, ends: Record<string, (string | null)[]>) => ({ atMs, ends });

describe('notQuietFor()', () => {
  test('is empty only after every topic stood still for as long as asked for', () => {
    let quiet = firstSample(sample(0, { a: ['5'], b: ['7', '9'] }));
    quiet = nextSample(quiet, sample(1_000, { a: ['5'], b: ['7', '10'] }));
    quiet = nextSample(quiet, sample(2_000, { a: ['5'], b: ['7', '10'] }));
    assert.deepEqual(notQuietFor(quiet, 2_000), ['b']);
    quiet = nextSample(quiet, sample(3_000, { a: ['5'], b: ['7', '10'] }));
    assert.deepEqual(notQuietFor(quiet, 2_000), []);
  });

  test('counts an end that could not be read as movement', () => {
    let quiet = firstSample(sample(0, { a: ['5'] }));
    quiet = nextSample(quiet, sample(5_000, { a: [null] }));
    assert.deepEqual(notQuietFor(quiet, 1_000), ['a']);
  });

  test('starts anew for a topic that appeared', () => {
    let quiet = firstSample(sample(0, {}));
    quiet = nextSample(quiet, sample(5_000, { late: ['1'] }));
    assert.deepEqual(notQuietFor(quiet, 1_000), ['late']);
    assert.equal(quiet.moving[0]?.kind, 'appeared');
  });
});
