import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refusalOfGreen } from '../../activities/green-brokers.ts';
import type { BrokerFacts } from '../../contract/inventory.ts';
import { endpoint } from './endpoint.ts';

function cluster(clusterId: string, ...addresses: string[]) {
  const brokers = addresses.map((address, at): BrokerFacts => {
    const [host = '', port] = address.split(':');
    return { id: at + 1, host, port: Number(port), rack: null };
  });
  return { clusterId, brokers };
}

const blue = cluster('blue-cluster', 'a1.internal:9092', 'a2.internal:9092', 'a3.internal:9092');
const refusal = (...green: Parameters<typeof cluster>) => refusalOfGreen(endpoint('b'), cluster(...green), blue);

describe('the brokers behind the load balancer of green', () => {
  test('serve where they are a cluster of their own, as many as its stack says, at addresses that blue has not', () => {
    assert.equal(refusal('green-cluster', 'b1.internal:9092', 'b2.internal:9092', 'b3.internal:9092'), null);
  });

  test("may live on blue's hosts behind other ports", () => {
    assert.equal(refusal('green-cluster', 'a1.internal:9192', 'a2.internal:9192', 'a3.internal:9192'), null);
  });

  test("are refused where they are blue's own cluster", () => {
    const refused = refusal('blue-cluster', 'b1.internal:9092', 'b2.internal:9092', 'b3.internal:9092');
    assert.equal(refused?.type, 'SameCluster');
    assert.match(
      refused.message,
      /^The load balancer of kafka-orders-b leads to blue's own cluster blue-cluster\. Give green its own /,
    );
  });

  for (const [title, addresses] of [
    ['fewer than its stack says', ['b1.internal:9092', 'b2.internal:9092']],
    ['more than its stack says', ['b1.internal:9092', 'b2.internal:9092', 'b3.internal:9092', 'b4.internal:9092']],
    ['none at all', []],
  ] as const)
    test(`are refused where the cluster knows ${title}`, () => {
      const refused = refusal('green-cluster', ...addresses);
      assert.equal(refused?.type, 'BrokersMissing');
      assert.equal(
        refused.message,
        `kafka-orders-b says 3 brokers, but its cluster knows ${addresses.length}. See the brokers' logs.`,
      );
    });

  for (const [title, address] of [
    ['as it is', 'a2.internal:9092'],
    ['in capitals', 'A2.INTERNAL:9092'],
    ['with a trailing dot', 'a2.internal.:9092'],
  ] as const)
    test(`are refused where one advertises an address of blue, written ${title}`, () => {
      const refused = refusal('green-cluster', 'b1.internal:9092', 'b2.internal:9092', address);
      assert.equal(refused?.type, 'SharedAddress');
      assert.equal(
        refused.message,
        `Broker 3 of kafka-orders-b advertises ${address}, an address of blue. Clients would meet the wrong cluster.`,
      );
    });
});
