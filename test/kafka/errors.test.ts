import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AuthenticationError, MultipleErrors, NetworkError, ProtocolError, TimeoutError } from '@platformatic/kafka';
import { errorName, KafkaTrouble, kafkaTrouble, troubleOfCode } from '../../kafka/errors.ts';

describe('kafkaTrouble', () => {
  it('finds the broker’s answer below the attempts and shards that wrap it', () => {
    const loading = new MultipleErrors('shard', [new ProtocolError('COORDINATOR_NOT_AVAILABLE')]);
    const trouble = kafkaTrouble('read the groups', new MultipleErrors('x failed 6 times.', [loading, loading]));
    assert.deepEqual(
      { kind: trouble.kind, retriable: trouble.retriable, code: trouble.code },
      { kind: 'other', retriable: true, code: 'COORDINATOR_NOT_AVAILABLE' },
    );
    assert.match(trouble.message, /^Cannot read the groups: the broker answered COORDINATOR_NOT_AVAILABLE/);
  });

  it('is not retriable as soon as one part of the last attempt is refused', () => {
    const attempt = new MultipleErrors('shards', [
      new ProtocolError('NOT_LEADER_OR_FOLLOWER'),
      new ProtocolError('TOPIC_AUTHORIZATION_FAILED'),
    ]);
    const trouble = kafkaTrouble('change configs', attempt);
    assert.equal(trouble.kind, 'refused');
    assert.equal(trouble.retriable, false);
  });

  it('judges by the last attempt alone', () => {
    const attempts = [
      new ProtocolError('TOPIC_AUTHORIZATION_FAILED'),
      new NetworkError('Connection to b:9092 failed.'),
    ];
    const trouble = kafkaTrouble('connect', new MultipleErrors('connect failed 2 times.', attempts));
    assert.equal(trouble.kind, 'unreachable');
    assert.equal(trouble.retriable, true);
  });

  it('calls a time-out retriable and a wrong password not', () => {
    assert.equal(kafkaTrouble('x', new TimeoutError('Request timed out')).kind, 'timeout');
    assert.ok(kafkaTrouble('x', new TimeoutError('Request timed out')).retriable);
    const login = new NetworkError('Connection failed.', { cause: new AuthenticationError('SASL failed.') });
    assert.equal(kafkaTrouble('x', login).kind, 'refused');
    assert.equal(kafkaTrouble('x', login).retriable, false);
  });

  it('tells what was seen also without what was tried and what to do', () => {
    const trouble = kafkaTrouble('read the metadata of b:9092', new NetworkError('Connection to b:9092 failed.'));
    assert.equal(trouble.seen, 'Connection to b:9092 failed');
    assert.equal(new KafkaTrouble('No broker.', { kind: 'other', retriable: false }).seen, 'No broker');
  });

  it('passes its own kind through and never disguises an abort', () => {
    const own = new KafkaTrouble('sentence', { kind: 'timeout', retriable: true });
    assert.equal(kafkaTrouble('x', own), own);
    const abort = new DOMException('stop', 'AbortError');
    assert.throws(() => kafkaTrouble('x', abort), abort);
  });
});

describe('troubleOfCode', () => {
  it('names the error, the detail and what to do', () => {
    const trouble = troubleOfCode('change the configs of topic orders', 44, 'Too long.');
    assert.equal(trouble.kind, 'refused');
    assert.match(trouble.message, /topic orders: the broker answered POLICY_VIOLATION, Too long\. Check/);
  });

  it('has a name even for codes newer than the client', () => {
    assert.equal(errorName(31_000), 'UNKNOWN_31000');
    assert.equal(troubleOfCode('x', 31_000).retriable, false);
  });
});
