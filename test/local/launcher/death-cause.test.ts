import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deathCause } from '../../../local/launcher/death-cause.ts';

const LOGGED = '2026-01-01 10:00:00,000 ERROR Exiting Kafka due to fatal exception (kafka.Kafka$)';
const THROWN = 'java.lang.IllegalArgumentException: requirement failed: no such port';
const AT = '\tat kafka.Kafka.main(Kafka.scala)';

describe('why a broker died', () => {
  test('is the root of the exceptions in its log', () => {
    const log = [LOGGED, THROWN, AT, 'Caused by: a.B: middle', AT, 'Caused by: java.net.BindException: in use', AT];
    assert.equal(deathCause(log.join('\n')), 'java.net.BindException: in use');
    assert.equal(deathCause([LOGGED, THROWN, AT].join('\n')), THROWN);
  });

  test('is what was logged as an error, or else the last line, when nothing was thrown', () => {
    assert.equal(deathCause(`first\n${LOGGED}\nlast\n`), LOGGED);
    assert.equal(deathCause('first\nlast\n'), 'last');
    assert.equal(deathCause(''), 'its log is empty');
  });
});
