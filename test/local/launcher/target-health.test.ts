import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { afterCheck, described, type Health } from '../../../local/launcher/target-health.ts';

const states = (...checks: boolean[]) => {
  let health: Health = { kind: 'initial' };
  return checks.map(accepted => {
    health = afterCheck(health, accepted);
    return health.kind;
  });
};

describe('the health of a target', () => {
  test('is initial until a first check succeeds', () => {
    assert.deepEqual(states(false, false, false, true), ['initial', 'initial', 'initial', 'healthy']);
  });

  test('survives one failed check, not two in a row, and one success heals it', () => {
    const seen = states(true, false, true, false, false, true);
    assert.deepEqual(seen, ['healthy', 'healthy', 'healthy', 'healthy', 'unhealthy', 'healthy']);
  });

  test('is told with the reason that AWS gives', () => {
    assert.equal(described({ kind: 'unhealthy' }).Reason, 'Target.FailedHealthChecks');
    assert.equal(described({ kind: 'initial' }).Reason, 'Elb.InitialHealthChecking');
  });
});
