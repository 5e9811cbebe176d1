import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leftOnBlue } from '../../activities/await-readers-gone.ts';
import type { DisposedGroup } from '../../contract/dispositions.ts';
import type { GroupSight } from '../../kafka/sight.ts';
import { memberOf } from '../kafka/facts.ts';

const disposed = (group: string, disposition: DisposedGroup['disposition']): DisposedGroup => ({
  group,
  disposition,
  start: 'earliest',
  decision: null,
  switchAware: false,
});
const running = (group: string, members = 1): GroupSight => ({
  kind: 'seen',
  group,
  type: 'classic',
  state: 'Stable',
  protocolType: 'consumer',
  members: Array.from({ length: members }, () => memberOf('app', 'orders')),
  commits: [],
  unstable: [],
});

test('Whoever still runs on blue and is excused by nobody is waited for; what was not seen is not gone', () => {
  const groups = [
    running('billing'),
    running('console-consumer-9'),
    running('late'),
    running('left', 0),
    { kind: 'unseen' as const, group: 'loading', reason: 'its coordinator loads' },
  ];
  const dispositions = { groups: [disposed('billing', 'move'), disposed('console-consumer-9', 'ephemeral')] };
  assert.deepEqual(leftOnBlue({ groups }, dispositions), ['billing', 'late', 'loading']);
});
