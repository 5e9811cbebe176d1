import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutLateAmbient } from '../../activities/parity.ts';
import type { DisposedTopic } from '../../contract/dispositions.ts';
import type { ParityDifference } from '../../kafka/parity.ts';

const disposed = (topic: string, disposition: DisposedTopic['disposition']): DisposedTopic => ({
  topic,
  disposition,
  historyKept: false,
  decision: null,
});
const missing = (topic: string): ParityDifference => ({
  name: `${topic} topic`,
  topic,
  kind: 'topic-missing',
  blue: 'exists',
  green: 'missing',
});

test('An ambient topic that appeared on blue since preflight is no drift; one that preflight saw, and any other, is', () => {
  const topics = [disposed('orders', 'drain'), disposed('metrics', 'ambient')];
  const now = [...topics, disposed('later-metrics', 'ambient')];
  const differences = ['orders', 'metrics', 'later-metrics', 'unruled'].map(missing);
  assert.deepEqual(
    withoutLateAmbient(differences, { topics }, { topics: now }).map(d => d.topic),
    ['orders', 'metrics', 'unruled'],
  );
});
