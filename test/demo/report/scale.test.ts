import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { clock, heightScale, linePath, ticks, timeScale, timeTicks } from '../../../demo/report/scale.ts';

const box = { width: 960, height: 200, left: 60, right: 20, top: 10, bottom: 30 };

describe('the charts of the demo report', () => {
  test('have few, evenly spaced ticks from zero to at least the highest value', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), highest => {
        const steps = ticks(highest, 4);
        const top = steps.at(-1) ?? 0;
        assert.equal(steps[0], 0);
        assert.ok(top >= highest && steps.length >= 2 && steps.length <= 6, `${steps.join(' ')} for ${highest}`);
      }),
    );
  });

  test('have at most the wanted number of time ticks, from the start of the span', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7_200 }), seconds => {
        const span = { fromMs: 5_000, toMs: 5_000 + seconds * 1_000 };
        const at = timeTicks(span, 14);
        assert.equal(at[0], span.fromMs);
        assert.ok(at.length <= 15 && at.every(ms => ms <= span.toMs));
      }),
    );
  });

  test('place the span between the margins and zero at the bottom', () => {
    const x = timeScale({ fromMs: 1_000, toMs: 2_000 }, box);
    assert.deepEqual([x(1_000), x(1_500), x(2_000)], [60, 500, 940]);
    const y = heightScale(100, box);
    assert.deepEqual([y(0), y(50), y(100)], [170, 90, 10]);
  });

  test('leave a gap in a line where a value is not known', () => {
    assert.equal(linePath([[0, 1], [1, 2], null, [3, 4]]), 'M0 1L1 2M3 4');
  });

  test('tell time as minutes and seconds', () => {
    assert.equal(clock(125_400, { fromMs: 0, toMs: 1 }), '2:05');
  });
});
