import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRequest } from '../../contract/request.ts';
import { REQUEST } from '../../demo/request.ts';
import { DEMO_APPLICATIONS } from '../../demo/traffic/shapes.ts';

const { groups: GROUPS, topics: TOPICS } = DEMO_APPLICATIONS;

test("the demo's request is one that the workflow accepts", () => {
  assert.deepEqual(parseRequest(REQUEST).kind, 'request');
});

test("the demo's request decides on every topic that is compacted or kept for ever, and on no other", () => {
  const undecided = TOPICS.filter(
    ({ configs }) => configs['cleanup.policy'] === 'compact' || configs['retention.ms'] === '-1',
  );
  assert.deepEqual(REQUEST.topics.map(({ match }) => match).toSorted(), undecided.map(({ topic }) => topic).toSorted());
  assert.ok(undecided.every(({ topic }) => GROUPS.some(({ topics }) => topics.includes(topic))));
});
