import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { blueBrokerProblems, silentBlue } from '../../activities/blue-brokers.ts';
import type { BrokerFacts } from '../../contract/inventory.ts';
import { endpoint } from './endpoint.ts';

const records = { record: 'kafka.orders.example.com', readRecord: 'kafka-read.orders.example.com' };
const brokersAt = (...hosts: string[]) =>
  hosts.map((host, at): BrokerFacts => ({ id: at + 1, host, port: 9092, rack: null }));
const problems = (...hosts: string[]) => blueBrokerProblems(records, endpoint('a'), brokersAt(...hosts));

describe("blue's brokers", () => {
  test('are no problem where there are as many as the stack says, each at an address of its own', () => {
    assert.deepEqual(problems('a1.internal', 'a2.internal', '10.0.0.3'), []);
  });

  for (const [title, hosts] of [
    ['fewer', ['a1.internal', 'a2.internal']],
    ['more', ['a1.internal', 'a2.internal', 'a3.internal', 'a4.internal']],
  ] as const)
    test(`are a problem where there are ${title} than the stack says`, () => {
      assert.deepEqual(problems(...hosts), [
        {
          on: 'cluster kafka-orders-a',
          problem: `has ${hosts.length} brokers, but its stack says 3.`,
          remedy: 'Start the missing brokers, or correct the stack, then plan again.',
        },
      ]);
    });

  for (const [title, host] of [
    ['the record', 'kafka.orders.example.com'],
    ['the record in capitals', 'KAFKA.Orders.example.com'],
    ['the record with a trailing dot', 'kafka.orders.example.com.'],
    ['the read record', 'kafka-read.orders.example.com'],
  ] as const)
    test(`are a problem where one advertises ${title}`, () => {
      const [found, ...more] = problems('a1.internal', host, 'a3.internal');
      assert.deepEqual(more, []);
      assert.equal(found?.on, 'broker 2');
      assert.equal(
        found.problem,
        `advertises ${host}, the record that is flipped: clients of blue would land on green.`,
      );
      assert.match(found.remedy, /advertise an address of its own/);
    });

  test('are compared with a record that the request writes with a trailing dot and in capitals', () => {
    const request = { record: 'Kafka.Orders.Example.com.' };
    const [found] = blueBrokerProblems(request, endpoint('a'), brokersAt('kafka.orders.example.com', 'a2', 'a3'));
    assert.equal(found?.on, 'broker 1');
  });

  test('are each named, where several advertise the record', () => {
    const on = problems(records.record, 'a2.internal', records.record).map(p => p.on);
    assert.deepEqual(on, ['broker 1', 'broker 3']);
  });

  test('may advertise a name below the record, and without a read record only the record counts', () => {
    const { record } = records;
    const hosts = brokersAt(`b1.${record}`, records.readRecord, 'a3.internal');
    assert.deepEqual(blueBrokerProblems({ record }, endpoint('a'), hosts), []);
  });

  test('that nobody can meet are one problem: where it was tried, what was seen, and what to look at', () => {
    assert.deepEqual(silentBlue(endpoint('a'), 'Connection closed'), {
      on: 'cluster kafka-orders-a',
      problem: 'does not answer at a.elb.example.net:9092, so nothing of it could be looked at: Connection closed.',
      remedy:
        "Start its brokers; where the load balancer's targets are healthy, let the worker reach them (its network and their security group). Then plan again.",
    });
  });
});
