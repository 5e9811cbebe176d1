import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConfigurationError, readConfiguration } from '../../worker/configuration.ts';

describe('readConfiguration()', () => {
  test('needs nothing but an evidence store', () => {
    const configuration = readConfiguration({ KAFKA_BLUEGREEN_EVIDENCE: 'file:/var/lib/kafka-bluegreen' });
    assert.deepEqual(configuration.dnsServers, []);
    assert.equal(configuration.taskQueue, 'kafka-bluegreen');
    assert.equal(configuration.workerVersion, null);
    assert.equal(configuration.stackRole, null);
  });

  test('lists everything that is wrong in one error', () => {
    const read = () =>
      readConfiguration({
        KAFKA_BLUEGREEN_EVIDENCE: 's3:bucket',
        KAFKA_BLUEGREEN_DNS_SERVERS: '10.0.0.2,dns.example.com',
        KAFKA_BLUEGREEN_KAFKA_SECURITY: '{"sasl": {"mechanism": "PLAIN", "username": "ada", "password": "env:P"}}',
        KAFKA_BLUEGREEN_LOG_LEVEL: 'loud',
        KAFKA_BLUEGREEN_STACK_ROLE: 'cluster-maker',
      });
    assert.throws(read, (error: Error) => {
      assert.ok(error instanceof ConfigurationError);
      for (const part of ['EVIDENCE', 'dns.example.com', 'sasl.username', 'LOG_LEVEL', 'cluster-maker'])
        assert.ok(error.message.includes(part), part);
      return true;
    });
  });

  test('refuses the name of a secret that the worker could never look up', () => {
    const sasl = { mechanism: 'PLAIN', username: 'env:KAFKA_USER', password: 'env:1X' };
    assert.throws(
      () =>
        readConfiguration({
          KAFKA_BLUEGREEN_EVIDENCE: 'file:/e',
          KAFKA_BLUEGREEN_KAFKA_SECURITY: JSON.stringify({ sasl }),
        }),
      /sasl\.password: must be env:NAME/,
    );
  });

  test('takes the role that CloudFormation is to have', () => {
    const stackRole = 'arn:aws-cn:iam::012345678901:role/platform/cluster-maker';
    const configuration = readConfiguration({
      KAFKA_BLUEGREEN_EVIDENCE: 'file:/e',
      KAFKA_BLUEGREEN_STACK_ROLE: stackRole,
    });
    assert.equal(configuration.stackRole, stackRole);
  });

  test('takes resolvers with and without port, of both families', () => {
    const servers = '10.0.0.2,127.20.0.2:5300,[2001:db8::1]:53,2001:db8::2';
    const configuration = readConfiguration({
      KAFKA_BLUEGREEN_EVIDENCE: 'file:/e',
      KAFKA_BLUEGREEN_DNS_SERVERS: servers,
    });
    assert.equal(configuration.dnsServers.length, 4);
  });
});
