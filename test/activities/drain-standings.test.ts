import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nameWhatNeverFinishes, refuseWhatCannotEnd } from '../../activities/drain-standings.ts';
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
