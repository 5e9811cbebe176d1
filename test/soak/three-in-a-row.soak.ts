/** Blue becomes green becomes blue: each deployment starts from what the one before it left, and the records never stop. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BLUE, GREEN, request } from '../e2e/deployment.ts';
import { Service } from '../e2e/service.ts';
import { guarantee } from '../support/guarantee.ts';

const kraft = { KafkaVersion: '4.3.1', MetadataMode: 'kraft' };

/** The name of a deleted stack is free for the next green. */
const deployments = [
  { from: BLUE, to: GREEN, parameters: kraft, what: 'from 3.9 on ZooKeeper to 4.3 on KRaft' },
  { from: GREEN, to: BLUE, parameters: {}, what: 'from there to a stack of the first name' },
  { from: BLUE, to: GREEN, parameters: {}, what: 'from that one to one of the second name again' },
] as const;

describe('three deployments in a row', () => {
  let service: Service;
  before(async () => {
    service = await Service.start();
  });
  after(() => service?.stop());

  for (const { from, to, parameters, what } of deployments)
    test(
      ...guarantee({ promise: 'nothingLost', fault: `a deployment ${what}` }, `carry the service ${what}`, async () => {
        const { operator } = service;
        await service.toTheGate({ ...request, blue: { stack: from }, green: { stack: to, parameters } });
        await operator.approve('flip');
        const report = await service.replaceBlue();
        assert.deepEqual([report.blue.stack, report.green.stack], [from, to]);
        assert.deepEqual([report.green.version, report.green.mode], ['4.3.1', 'kraft']);
      }),
    );

  test(
    ...guarantee(
      { promise: 'nothingLost', fault: 'three deployments in a row on one stream of records' },
      'cost no record over four clusters: none is lost, doubled or out of order',
      async () => {
        const { acknowledgedOn } = await service.traffic.assertClean();
        assert.equal(Object.keys(acknowledgedOn).length, 4);
        for (const [cluster, count] of Object.entries(acknowledgedOn)) assert.ok(count > 0, `${cluster} served`);
      },
    ),
  );
});
