import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ChangeResourceRecordSetsCommand, GetChangeCommand, Route53Client } from '@aws-sdk/client-route-53';
import { swapRecords } from '../../aws/swap.ts';

let route53: Route53Client;
before(() => {
  route53 = new Route53Client({ region: 'eu-central-1', credentials: { accessKeyId: 'a', secretAccessKey: 'a' } });
});
after(() => route53.destroy());

test('A change that Route 53 took, and goes on not knowing, ends the wait: the records are to be looked at again', async () => {
  let asked = 0;
  // Answers in place of the network.
  route53.middlewareStack.add(
    (_next, { commandName }) =>
      async () => {
        if (commandName === ChangeResourceRecordSetsCommand.name)
          return { response: {}, output: { $metadata: {}, ChangeInfo: { Id: '/change/C1' } } } as never;
        assert.equal(commandName, GetChangeCommand.name);
        asked += 1;
        throw Object.assign(new Error('No change found with ID: C1'), { name: 'NoSuchChange' });
      },
    { step: 'initialize', priority: 'high' },
  );
  const set = { Name: 'kafka.example.com', Type: 'CNAME', TTL: 5, ResourceRecords: [{ Value: 'nlb' }] } as const;
  const swap = { zoneId: 'Z1', from: [], to: [{ ...set, ResourceRecords: [...set.ResourceRecords] }] };
  await assert.rejects(swapRecords(route53, swap, { lagMs: 50, everyMs: 10, signal: AbortSignal.timeout(5_000) }), {
    name: 'NotYet',
    message: /^Route 53 does not know the change C1 that it had taken/,
  });
  assert.ok(asked > 1);
});
