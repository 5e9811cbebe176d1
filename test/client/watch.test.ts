import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { waitsForPerson } from '../../client/exit-codes.ts';
import { personOf } from '../../client/person.ts';
import { changes } from '../../client/watch.ts';
import type { Status } from '../../contract/status.ts';
import { atTheFlip, command } from '../report/statuses.ts';

const running: Status = {
  ...atTheFlip,
  waitingFor: null,
  phases: atTheFlip.phases.map(p =>
    p.phase === 'preflight' ? { ...p, state: 'running', startedAt: '2026-01-01T00:00:00Z' } : p,
  ),
};

describe('changes()', () => {
  test('says everything at the first look, and nothing when nothing changed', () => {
    assert.deepEqual(changes(null, running), ['preflight begins']);
    assert.deepEqual(changes(running, running), []);
  });

  test('says how a phase ended and how long it took', () => {
    const ended: Status = {
      ...running,
      phases: running.phases.map(p =>
        p.phase === 'preflight'
          ? { ...p, state: 'done', endedAt: '2026-01-01T00:00:04Z', detail: 'nothing in the way' }
          : p,
      ),
    };
    assert.deepEqual(changes(running, ended), ['preflight done in 4 s: nothing in the way']);
  });

  test('says each wait once with the command that ends it, and a second hold again', () => {
    assert.deepEqual(changes(running, { ...running, waitingFor: atTheFlip.waitingFor }), [
      'waits for the approval of flip → kafka-bluegreen approve orders --gate flip',
    ]);
    const hold = (since: string): Status => ({
      ...running,
      waitingFor: { kind: 'hold', phase: 'drain', since, reason: 'billing stopped.', command },
    });
    const first = hold('2026-01-01T00:00:00Z');
    assert.deepEqual(changes(running, first), ['HOLDS in drain: billing stopped. → kafka-bluegreen resume orders']);
    assert.deepEqual(changes(first, first), []);
    assert.equal(changes(first, hold('2026-01-01T00:05:00Z')).length, 1);
  });

  test('says what needs attention when it appears', () => {
    assert.deepEqual(changes(running, { ...running, attention: ['Still written on blue: orders.'] }), [
      '! Still written on blue: orders.',
    ]);
  });
});

describe('waitsForPerson()', () => {
  test('is false for a bake, which ends by itself', () => {
    assert.equal(waitsForPerson(running), false);
    assert.equal(waitsForPerson(atTheFlip), true);
    const waitingFor = { kind: 'gate', gate: 'bake', since: '2026-01-01T00:00:00Z', deadline: null, command } as const;
    assert.equal(waitsForPerson({ waitingFor }), false);
  });
});

describe('personOf()', () => {
  test('takes the name that is set, then the one a CI job runs for, then the user of the machine', () => {
    assert.equal(personOf({ KAFKA_BLUEGREEN_BY: ' ada ', GITHUB_ACTOR: 'grace' }), 'ada');
    assert.equal(personOf({ KAFKA_BLUEGREEN_BY: '', GITLAB_USER_LOGIN: 'grace' }), 'grace');
    assert.equal(
      personOf({}, () => 'root'),
      'root',
    );
  });

  test('asks for a name where the user has none, as in a container', () => {
    const nameless = () => {
      throw new Error('A system error occurred: uv_os_get_passwd returned ENOENT (no such file or directory)');
    };
    assert.throws(() => personOf({}, nameless), /Say who: --by <person>, or set KAFKA_BLUEGREEN_BY\.$/);
    assert.equal(personOf({ KAFKA_BLUEGREEN_BY: 'ada' }, nameless), 'ada');
  });
});
