import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nameWhatNeverFinishes, refuseWhatCannotEnd, worst } from '../../activities/drain-standings.ts';
import { heartbeatDetails } from '../../activities/heartbeats.ts';
import { Naming } from '../../activities/naming.ts';
import { Refused } from '../../activities/step.ts';
import type { Observation } from '../../contract/observation.ts';
import type { GroupStanding } from '../../kafka/drain-progress.ts';

const standing = { members: 1, rows: [] };
const unknown = (group: string, forMs: number): GroupStanding => ({
  ...standing,
  group,
  kind: 'unknown',
  reason: 'it is rebalancing (PreparingRebalance)',
  forMs,
});
const behind: GroupStanding = {
  ...standing,
  group: 'billing',
  kind: 'behind',
  remaining: '7',
  pace: { kind: 'moving', perSecond: 3.5, etaMs: 2_000 },
};

async function named(...open: GroupStanding[]): Promise<Observation[]> {
  const told: Observation[] = [];
  const tell = async (observation: Observation) => void told.push(observation);
  await nameWhatNeverFinishes(open, 3_600_000, new Naming({ tell }, 'never-finishes'));
  return told.filter(o => o.kind !== 'clear');
}

describe('what never finishes', () => {
  test('is a group, too, that could not be seen for a minute, with the reason', async () => {
    assert.deepEqual(await named(behind, unknown('reports', 59_000)), []);
    assert.deepEqual(await named(behind, unknown('reports', 75_000)), [
      {
        kind: 'never-finishes',
        groups: [
          {
            group: 'reports',
            why: 'where it stands could not be seen for 75 s: it is rebalancing (PreparingRebalance)',
          },
        ],
      },
    ]);
  });
});

describe('the worst of a heartbeat', () => {
  test('are first the groups of which nobody can say what is left, then those with most left, each with its rate and ETA', () => {
    const slow: GroupStanding = { ...behind, group: 'reports', remaining: '900', pace: { kind: 'stalled', forMs: 9 } };
    const counting: GroupStanding = { ...standing, group: 'audit', kind: 'counting', sweeps: 1 };
    assert.deepEqual(worst([counting, behind, unknown('ghost', 0), slow]), [
      { group: 'ghost', state: 'unknown' },
      { group: 'reports', state: 'behind', left: '900', perSecond: 0 },
      { group: 'billing', state: 'behind', left: '7', perSecond: 3.5, eta: '2s' },
      { group: 'audit', state: 'counting', left: '0' },
    ]);
  });

  test('fit beside the ledger that the next attempt goes on from', () => {
    const many = Array.from(
      { length: 1_000 },
      (_, n): GroupStanding => ({
        ...behind,
        group: `${n}-`.padEnd(80, 'x'),
        remaining: String(2n ** 63n - 1n),
        pace: { kind: 'moving', perSecond: 123_456.78, etaMs: 86_400_000 },
      }),
    );
    const progress = { phase: 'release', groupsOpen: many.length, worst: worst(many) };
    const sha256 = 'a'.repeat(64);
    const carried = { begun: 1_790_000_000_000, ledger: { ref: `file:${sha256}`, sha256, bytes: 123_456 } };
    assert.deepEqual(heartbeatDetails(progress, carried), { ...progress, ...carried });
  });
});

describe('a drain', () => {
  test('holds at once for a group that it cannot follow, whatever others still read', () => {
    const connect: GroupStanding = { ...standing, group: 'connect-sinks', kind: 'unfollowable', type: 'connect' };
    assert.throws(
      () => refuseWhatCannotEnd([behind, connect], 0, 3_600_000),
      (error: unknown) =>
        error instanceof Refused &&
        error.type === 'GroupsUnfollowable' &&
        /: connect-sinks is of type connect\. .*waive them/.test(error.message),
    );
  });

  test('goes on while somebody reads and what is unknown may be seen again', () => {
    refuseWhatCannotEnd([behind, unknown('reports', 600_000)], 0, 3_600_000);
  });
});
