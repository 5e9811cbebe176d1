import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderDemoPicture } from '../../../demo/report/picture.ts';
import { recording } from './recording.ts';

describe('the demo picture', () => {
  const picture = renderDemoPicture(recording());

  test('stands by itself: one SVG with its own colours, that runs and fetches nothing', () => {
    assert.match(picture, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="[-\d ]+"/);
    assert.match(picture, /--blue:#[\da-f]{6}/);
    assert.doesNotMatch(picture, /<script|\b(src|href)\s*=|url\(|@import/i);
  });

  test('says what the auditor counted, and names clusters, groups and phases', () => {
    for (const said of [
      /records acknowledged: \d+ lost, \d+ doubled, \d+ reordered/,
      /Kafka 3\.9/,
      /billing/,
      /decommission/,
    ])
      assert.match(picture, said);
  });

  test('calls nobody anything by markup', () => {
    const base = recording();
    const [first] = base.samples;
    assert.ok(first);
    const hostile = { ...first, lag: { '<script>alert(1)</script>': { blue: 1, green: null } } };
    assert.doesNotMatch(renderDemoPicture({ ...base, samples: [hostile] }), /<script/);
  });
});
