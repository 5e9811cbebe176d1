import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { awsTrouble } from '../../aws/errors.ts';
import { findRecord, recordKey, retarget, sameRecordSet } from '../../aws/record.ts';
import { swapRecords } from '../../aws/swap.ts';
import { readRecordSets } from '../../aws/zone.ts';
import type { FaultKind } from '../support/aws-fault-proxy.ts';
import { startTestAws, type TestAws, uniqueWord } from './endpoint.ts';

let aws: TestAws;
let zoneId: string;
let old: ResourceRecordSet;
let oldSignpost: ResourceRecordSet;

const green = { dnsName: 'nlb-green.elb.eu-central-1.amazonaws.com', hostedZoneId: 'Z3F0SRJ5LGBH90' };

before(async () => {
  aws = await startTestAws();
});
after(() => aws.stop());

beforeEach(async () => {
  aws.inject([]);
  const zone = `${uniqueWord()}.example.com`;
  const created = await aws.clients.route53.send(
    new CreateHostedZoneCommand({ Name: zone, CallerReference: uniqueWord() }),
  );
  zoneId = created.HostedZone?.Id ?? '';
  old = {
    Name: `kafka.${zone}`,
    Type: 'CNAME',
    TTL: 60,
    ResourceRecords: [{ Value: 'nlb-blue.elb.eu-central-1.amazonaws.com' }],
  };
  oldSignpost = {
    Name: `_bluegreen.kafka.${zone}`,
    Type: 'TXT',
    TTL: 60,
    ResourceRecords: [{ Value: '"v=1 epoch=1 by=- write=a read=a drain=-"' }],
  };
  await change('CREATE', old, oldSignpost);
  aws.inject([]);
});

function change(action: 'CREATE' | 'UPSERT' | 'DELETE', ...sets: ResourceRecordSet[]) {
  return aws.clients.route53.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: zoneId,
      ChangeBatch: { Changes: sets.map(set => ({ Action: action, ResourceRecordSet: set })) },
    }),
  );
}

function theFlip() {
  const signpost = { ...oldSignpost, ResourceRecords: [{ Value: '"v=1 epoch=2 by=x write=b read=a drain=-"' }] };
  return { zoneId, from: [old, oldSignpost], to: [retarget(old, green, 5), signpost] };
}

async function now(set: ResourceRecordSet): Promise<ResourceRecordSet | undefined> {
  const sets = await readRecordSets(aws.clients.route53, zoneId, [set.Name ?? '']);
  return sets.get(recordKey(set.Name ?? '', set.Type ?? ''));
}

async function holdsNew(): Promise<boolean> {
  const seen = await Promise.all(theFlip().to.map(async want => ({ want, have: await now(want) })));
  return seen.every(({ want, have }) => have !== undefined && sameRecordSet(want, have));
}

test('A swap changes record and signpost in one batch and returns once Route 53 says INSYNC', async () => {
  const waits: string[] = [];
  const receipt = await swapRecords(aws.clients.route53, theFlip(), {
    progress: ({ waitingFor }) => waits.push(waitingFor),
  });
  assert.equal(receipt.alreadyOurs, false);
  assert.ok(receipt.insyncAt >= receipt.submittedAt);
  assert.ok(
    waits.some(text => text.includes('PENDING')),
    `waited for: ${waits.join()}`,
  );
  assert.equal(aws.calls.get('ChangeResourceRecordSets'), 1);
  assert.ok(await holdsNew());
});

test('A record that somebody else changed refuses the whole batch and names both values', async () => {
  const foreign = { ...old, ResourceRecords: [{ Value: 'elsewhere.example.net' }] };
  await change('UPSERT', foreign);
  await assert.rejects(
    () => swapRecords(aws.clients.route53, theFlip()),
    (error: Error) => {
      assert.equal(awsTrouble(error).type, 'RecordChanged');
      assert.equal(awsTrouble(error).retriable, false);
      assert.match(error.message, /nlb-blue\.elb/);
      assert.match(error.message, /elsewhere\.example\.net/);
      assert.doesNotMatch(error.message, /at _bluegreen/);
      return true;
    },
  );
  const signpost = await now(oldSignpost);
  assert.ok(signpost !== undefined && sameRecordSet(signpost, oldSignpost), 'the signpost stayed');
});

test('Another TTL than expected is a changed record too', async () => {
  await change('UPSERT', { ...old, TTL: 61 });
  await assert.rejects(() => swapRecords(aws.clients.route53, theFlip()), { name: 'RecordChanged', message: /TTL 61/ });
});

const lostAnswers: Record<string, FaultKind> = {
  'the connection broke after the effect': { kind: 'drop-after-effect' },
  'a 503 was answered after the effect': { kind: 'error-after-effect', status: 503, code: 'ServiceUnavailable' },
};
for (const [what, kind] of Object.entries(lostAnswers)) {
  test(`A swap whose answer was lost is recognised as our own when ${what}`, async () => {
    aws.inject([{ action: 'ChangeResourceRecordSets', kind }]);
    const receipt = await swapRecords(aws.clients.route53, theFlip());
    assert.equal(receipt.alreadyOurs, true);
    assert.equal(aws.calls.get('ChangeResourceRecordSets'), 3, 'the lost one, its retry, and the one that is tracked');
    assert.ok(await holdsNew());
  });
}

const nothingHappened: Record<string, { fault: FaultKind; times: number }> = {
  'is throttled': { fault: { kind: 'error-before-effect', status: 400, code: 'Throttling' }, times: 2 },
  'meets a change still in progress': {
    fault: { kind: 'error-before-effect', status: 400, code: 'PriorRequestNotComplete' },
    times: 1,
  },
  'loses its connection before the effect': { fault: { kind: 'drop-before-effect' }, times: 1 },
};
for (const [what, { fault, times }] of Object.entries(nothingHappened)) {
  test(`A swap that ${what} is made all the same, once`, async () => {
    aws.inject([{ action: 'ChangeResourceRecordSets', kind: fault, times }]);
    const receipt = await swapRecords(aws.clients.route53, theFlip());
    assert.equal(receipt.alreadyOurs, false);
    assert.ok(await holdsNew());
  });
}

test('Throttling that outlasts the retries while waiting for INSYNC only prolongs the wait', async () => {
  aws.inject([
    { action: 'GetChange', times: 6, kind: { kind: 'error-before-effect', status: 503, code: 'ServiceUnavailable' } },
  ]);
  await swapRecords(aws.clients.route53, theFlip());
  assert.ok((aws.calls.get('GetChange') ?? 0) > 6);
});

test('The same swap asked for twice is the same success', async () => {
  await swapRecords(aws.clients.route53, theFlip());
  const again = await swapRecords(aws.clients.route53, theFlip());
  assert.equal(again.alreadyOurs, true);
});

test('A signpost that nobody expected keeps the first one from being created', async () => {
  const first = { zoneId, from: [old], to: [old, { ...oldSignpost, TTL: 5 }] };
  await assert.rejects(() => swapRecords(aws.clients.route53, first), {
    name: 'RecordChanged',
    message: /expected nothing, found TXT _bluegreen/,
  });
});

test('A batch that Route 53 refuses for its content changes nothing and says why', async () => {
  const outside = { ...old, Name: 'kafka.elsewhere.invalid' };
  await assert.rejects(() => swapRecords(aws.clients.route53, { zoneId, from: [old], to: [outside] }), {
    name: 'ChangeRefused',
    message: /not permitted/,
  });
  const record = await now(old);
  assert.ok(record !== undefined && sameRecordSet(record, old));
});

test('An alias is swapped with everything but its target kept, also when the answer is lost', async () => {
  const name = (old.Name ?? '').replace('kafka.', 'alias.');
  const alias: ResourceRecordSet = {
    Name: name,
    Type: 'A',
    AliasTarget: { DNSName: 'nlb-blue.elb.amazonaws.com', HostedZoneId: 'Z35SXDOTRQ7X7K', EvaluateTargetHealth: true },
  };
  await change('CREATE', alias);
  const read = await now(alias);
  assert.ok(read);
  aws.inject([{ action: 'ChangeResourceRecordSets', kind: { kind: 'drop-after-effect' } }]);
  const swap = { zoneId, from: [read], to: [retarget(read, green, 5)] };
  assert.equal((await swapRecords(aws.clients.route53, swap)).alreadyOurs, true);
  const found = findRecord([...(await readRecordSets(aws.clients.route53, zoneId, [name])).values()], name);
  assert.equal(found.kind, 'alias');
  assert.ok(found.kind === 'alias' && found.host.startsWith('nlb-green.'));
  assert.equal(found.set.AliasTarget?.EvaluateTargetHealth, true);
});

test('A wait that is aborted ends with the reason of the abort', async () => {
  const cancelled = new AbortController();
  const waiting = { signal: cancelled.signal, progress: () => cancelled.abort(new Error('the worker stops')) };
  await assert.rejects(() => swapRecords(aws.clients.route53, theFlip(), waiting), /the worker stops/);
});
