/** Before the flip somebody else's change refuses the flip and everything is undone; what they wrote is never written over. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { type LocalStack, startLocal } from '../../local/stack.ts';
import { BLUE, bringUpBlue, GREEN, Operator, request } from '../e2e/deployment.ts';
import { Eyes } from '../e2e/eyes.ts';
import { Holds } from '../e2e/holds.ts';
import { overwriteRecord } from '../e2e/trouble.ts';
import { guarantee } from '../support/guarantee.ts';

describe('before the flip', () => {
  let local: LocalStack;
  let operator: Operator;
  let eyes: Eyes;
  let holds: Holds;
  let found: { readonly record: ResourceRecordSet; readonly configs: Record<string, Record<string, string>> };
  before(async () => {
    local = await startLocal();
    eyes = new Eyes(local);
    await bringUpBlue(local);
    await local.startWorker();
    operator = await Operator.connect(local);
    holds = new Holds(operator, local);
    found = { record: await eyes.record(), configs: await eyes.topicConfigs(BLUE) };
  });
  after(async () => {
    await operator?.close();
    eyes?.close();
    await local?.stop();
  });

  async function startUpToTheFlip(): Promise<void> {
    await operator.start(request);
    await operator.until('the run waits for flip', s => s.waitingFor?.kind === 'gate');
  }

  async function assertUndone(): Promise<void> {
    assert.equal(await eyes.stackStatus(GREEN), 'absent');
    assert.deepEqual(await eyes.record(), found.record, 'the record with its TTL');
    assert.deepEqual(await eyes.topicConfigs(BLUE), found.configs, 'the topic configs');
    const signpost = await eyes.signpost();
    assert.deepEqual([signpost?.['by'], signpost?.['drain']], ['-', '-']);
    await eyes.write(BLUE, 'payments', 1);
    await eyes.commitAtEnds(BLUE, 'billing', 'payments');
  }

  test(
    ...guarantee(
      {
        promise: 'undone',
        fault: 'record and signpost changed by somebody else while the flip waits for its approval',
      },
      'the flip is refused, what they wrote stays, and once each is put back everything is undone',
      async () => {
        await startUpToTheFlip();
        const record = await eyes.record();
        const signpost = await eyes.signpostSet();
        assert.ok(signpost);
        const value = signpost.ResourceRecords?.[0]?.Value ?? '';
        const foreign = value
          .replace(/by=\w+/, 'by=feedfacefeed')
          .replace(/epoch=(\d+)/, (_, epoch: string) => `epoch=${BigInt(epoch) + 1n}`);
        await overwriteRecord(eyes, local, signpost, { ...signpost, ResourceRecords: [{ Value: foreign }] });
        const elsewhere = { ...record, ResourceRecords: [{ Value: 'elsewhere.example.com' }] };
        await overwriteRecord(eyes, local, record, elsewhere);
        await operator.tell('approve', { gate: 'flip' });
        const sentence = await holds.next();
        assert.match(sentence, /signpost .*feedfacefeed.*[Pp]ut it back/);
        await holds.resume();
        assert.equal(await holds.next(), sentence, 'nothing was mended');
        assert.equal((await eyes.signpost())?.['by'], 'feedfacefeed');
        await overwriteRecord(eyes, local, signpost, signpost);
        await holds.resume();
        assert.match(
          await holds.next(),
          /^The record kafka\.orders\.example\.com was changed by somebody else: expected CNAME .*\(TTL 1\), found CNAME .*elsewhere\.example\.com.*put it back as expected, then resume\.$/,
        );
        assert.deepEqual(await eyes.record(), elsewhere);
        await overwriteRecord(eyes, local, record, record);
        await holds.resumeAsShown();
        const { type, message } = await operator.failure();
        assert.equal(type, 'DeploymentFailed');
        assert.match(
          message,
          /^The deployment failed in flip: The signpost .*feedfacefeed.*Everything was undone: blue \(kafka-orders-a\) is in service as it was found/,
        );
        await assertUndone();
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'undone', fault: 'partitions added on blue while the flip waits for its approval' },
      'drift refuses the flip with topic and numbers, and everything is undone',
      async () => {
        await startUpToTheFlip();
        await eyes.admin(BLUE, admin => admin.createPartitions({ topicPartitions: [{ topic: 'payments', count: 3 }] }));
        await operator.tell('approve', { gate: 'flip' });
        const { type, message } = await operator.failure();
        assert.equal(type, 'DeploymentFailed');
        assert.match(message, /Green differs from blue in 1 places: payments partitions: 3 on blue, 2 on green\./);
        await assertUndone();
      },
    ),
  );
});
