import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import type { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { formatSignpost, signpostName, txtValue } from 'kafka-bluegreen-switching/signpost';
import { awaitFlipSeen } from '../../activities/await-flip-seen.ts';
import type { Dependencies } from '../../activities/dependencies.ts';
import { guarded } from '../../activities/guard.ts';
import {
  announceDeployment,
  closeDeployment,
  flipRecord,
  flipToHold,
  holdWrites,
  locateTraffic,
  moveReaders,
  openGreen,
  returnRecord,
} from '../../activities/move-records.ts';
import { type OriginalRecords, readRecords } from '../../activities/read-records.ts';
import { RecordWatch } from '../../activities/record-watch.ts';
import { type Stage, signpostOf } from '../../activities/signposts.ts';
import { perform } from '../../activities/step.ts';
import type { StepInput } from '../../contract/activities.ts';
import type { Deployment } from '../../contract/deployment.ts';
import { parseRequest } from '../../contract/request.ts';
import { openEvidenceStore } from '../../evidence/open.ts';
import { type EvidenceStore, putJson } from '../../evidence/store.ts';
import { startTestAws, type TestAws, uniqueWord } from '../aws/endpoint.ts';
import { guarantee } from '../support/guarantee.ts';
import { QUIET } from '../support/quiet-logger.ts';
import { stacksAre } from '../support/stacks-are.ts';
import { endpoint } from './endpoint.ts';

describe('moving record and signpost', () => {
  let aws: TestAws;
  let directory: string;
  let evidence: EvidenceStore;
  let deps: Dependencies;
  let deployment: Deployment;

  before(async () => {
    aws = await startTestAws();
    directory = await mkdtemp(join(tmpdir(), 'records-'));
    evidence = openEvidenceStore(`file:${directory}`);
    deps = {
      aws: aws.clients,
      evidence,
      dnsServers: [],
      findRun: async () => ({ kind: 'absent' }),
      stackRole: null,
      searchAttributes: [],
      security: {},
      connect: () => Promise.reject(new Error('no cluster is asked here')),
      tell: async () => {},
    };
  });
  after(async () => {
    await aws.stop();
    await rm(directory, { recursive: true, force: true });
  });

  beforeEach(async () => {
    aws.inject([]);
    const zone = `${uniqueWord()}.example.com`;
    const { HostedZone } = await aws.clients.route53.send(
      new CreateHostedZoneCommand({ Name: zone, CallerReference: uniqueWord() }),
    );
    const zoneId = (HostedZone?.Id ?? '').replace('/hostedzone/', '');
    const record: ResourceRecordSet = {
      Name: `kafka.${zone}`,
      Type: 'CNAME',
      TTL: 60,
      ResourceRecords: [{ Value: endpoint('a').dnsName }],
    };
    await change(zoneId, 'CREATE', record);
    const originals: OriginalRecords = {
      record,
      readRecord: null,
      signpost: null,
      negativeTtlSeconds: 9,
      zonePrivate: true,
      nameServers: [],
    };
    const parsed = parseRequest({
      cluster: 'orders',
      record: record.Name,
      requestedBy: 'ada',
      blue: { stack: 'kafka-orders-a' },
      green: { stack: 'kafka-orders-b' },
    });
    assert.ok(parsed.kind === 'request');
    const nothing = await putJson(evidence, {});
    deployment = {
      id: 'abcdef012345',
      cluster: 'orders',
      record: record.Name ?? '',
      readRecord: null,
      zoneId,
      recordIsAlias: false,
      blue: endpoint('a'),
      green: endpoint('b'),
      epoch: null,
      writersHold: false,
      evidence: {
        request: await putJson(evidence, parsed.request),
        inventory: nothing,
        dispositions: nothing,
        records: await putJson(evidence, originals),
      },
    };
  });

  function change(zoneId: string, action: 'CREATE' | 'UPSERT' | 'DELETE', ...sets: ResourceRecordSet[]) {
    const Changes = sets.map(ResourceRecordSet => ({ Action: action, ResourceRecordSet }));
    return aws.clients.route53.send(
      new ChangeResourceRecordSetsCommand({ HostedZoneId: zoneId, ChangeBatch: { Changes } }),
    );
  }

  /** Runs the activity as a worker does. */
  function run<T>(activity: (input: StepInput) => Promise<T>): Promise<T> {
    return new MockActivityEnvironment({}, { logger: QUIET }).run<[StepInput], T, typeof activity>(activity, {
      deployment,
      waivers: [],
    });
  }

  /** The same, and remembers the epoch as the workflow does. */
  async function step(
    activity: typeof flipRecord | typeof announceDeployment,
  ): Promise<{ epoch: string; detail: string }> {
    const result = await run(activity(deps));
    deployment = { ...deployment, epoch: result.epoch };
    return result;
  }

  async function seen() {
    const { record, signpost } = await readRecords(deps, deployment);
    assert.ok(record.kind === 'cname');
    return {
      at: record.host,
      ttl: record.ttlSeconds,
      write:
        signpost.kind !== 'signpost'
          ? signpost.kind
          : signpost.signpost.write.kind === 'cluster'
            ? signpost.signpost.write.id
            : 'hold',
      by: signpost.kind === 'signpost' ? signpost.signpost.by : null,
    };
  }

  test('goes from blue to green in four steps, each with a higher epoch, and gives the TTL back', async () => {
    const epochs = [];
    epochs.push((await step(announceDeployment)).epoch);
    assert.deepEqual(await seen(), { at: 'a.elb.example.net', ttl: 5, write: 'id-of-a', by: deployment.id });
    epochs.push((await step(flipRecord)).epoch);
    assert.deepEqual(await seen(), { at: 'b.elb.example.net', ttl: 5, write: 'id-of-b', by: deployment.id });
    epochs.push((await step(moveReaders)).epoch, (await step(closeDeployment)).epoch);
    assert.deepEqual(await seen(), { at: 'b.elb.example.net', ttl: 60, write: 'id-of-b', by: null });
    assert.deepEqual(
      epochs.map(BigInt).toSorted((a, b) => (a < b ? -1 : 1)),
      epochs.map(BigInt),
    );
    assert.equal(new Set(epochs).size, 4);
  });

  test('says when the longest cache has forgotten: the old TTL, or the missing signpost', async () => {
    const { agedAt } = await run(announceDeployment(deps));
    const seconds = (Date.parse(agedAt) - Date.now()) / 1_000;
    assert.ok(seconds > 50 && seconds <= 60, `${seconds} s`);
  });

  test('does nothing twice when the answer to the flip was lost', async () => {
    await step(announceDeployment);
    aws.inject([{ action: 'ChangeResourceRecordSets', kind: { kind: 'drop-after-effect' } }]);
    const first = await step(flipRecord);
    deployment = { ...deployment, epoch: String(BigInt(first.epoch) - 1n) };
    const again = await step(flipRecord);
    assert.equal(again.epoch, first.epoch);
    assert.match(again.detail, /already/);
  });

  test('asks no writer to hold for a blue that is deleted, and moves nothing', async () => {
    await step(announceDeployment);
    await step(flipRecord);
    const { blue } = deployment;
    for (const status of ['DELETE_IN_PROGRESS', 'DELETE_COMPLETE']) {
      const cloudFormation = stacksAre(stackId => (stackId === blue.stackId ? status : 'CREATE_COMPLETE'));
      const worker = { ...deps, aws: { ...deps.aws, cloudFormation } };
      await assert.rejects(run(holdWrites(worker)), (error: ApplicationFailure) => {
        assert.equal(error.type, 'StackGone');
        assert.match(
          error.message,
          /nothing was moved\. .*workflow reset --reapply-exclude All\), then waive topic \*/,
        );
        return true;
      });
    }
    assert.equal((await seen()).write, 'id-of-b');
    const cloudFormation = stacksAre(() => 'DELETE_FAILED');
    await run(holdWrites({ ...deps, aws: { ...deps.aws, cloudFormation } }));
    assert.equal((await seen()).write, 'hold', 'one whose deletion failed may well stand');
  });

  test('undoes an announcement whose answer never came', async () => {
    await step(announceDeployment);
    deployment = { ...deployment, epoch: null };
    await step(returnRecord);
    assert.deepEqual(await seen(), { at: 'a.elb.example.net', ttl: 60, write: 'id-of-a', by: null });
  });

  test('refuses to flip when the signpost was changed by somebody else, and changes nothing', async () => {
    await step(announceDeployment);
    const foreign = formatSignpost({
      ...signpostOf('announced', deployment, BigInt(deployment.epoch ?? '0') + 5n),
      by: 'ffffffffffff',
    });
    const name = signpostName(deployment.record);
    await change(deployment.zoneId, 'UPSERT', {
      Name: name,
      Type: 'TXT',
      TTL: 5,
      ResourceRecords: [{ Value: txtValue(foreign) }],
    });
    await assert.rejects(step(flipRecord), { type: 'SignpostMoved', nonRetryable: true });
    assert.equal((await seen()).at, 'a.elb.example.net');
  });

  test('refuses to flip when the record was pointed elsewhere, and changes nothing', async () => {
    await step(announceDeployment);
    await change(deployment.zoneId, 'UPSERT', {
      Name: deployment.record,
      Type: 'CNAME',
      TTL: 5,
      ResourceRecords: [{ Value: 'c.elb.example.net' }],
    });
    await assert.rejects(step(flipRecord), {
      type: 'RecordChanged',
      nonRetryable: true,
      message: /expected CNAME \S+ -> a\.elb\.example\.net \(TTL 5\), found CNAME \S+ -> c\.elb\.example\.net/,
    });
    assert.equal((await seen()).at, 'c.elb.example.net');
  });

  test('holds where somebody pointed the record back to blue after the flip, and leaves it as it is', async () => {
    await step(announceDeployment);
    await step(flipRecord);
    await change(deployment.zoneId, 'UPSERT', {
      Name: deployment.record,
      Type: 'CNAME',
      TTL: 60,
      ResourceRecords: [{ Value: 'a.elb.example.net' }],
    });
    await assert.rejects(step(moveReaders), { type: 'RecordChanged', nonRetryable: true });
    assert.deepEqual(await seen(), { at: 'a.elb.example.net', ttl: 60, write: 'id-of-b', by: deployment.id });
  });

  test('holds when a DNS server goes on not answering with the flip, and says which one answers what', async () => {
    await step(announceDeployment);
    await step(flipRecord);
    const silent = createSocket('udp4').bind(0, '127.0.0.1');
    await once(silent, 'listening');
    const server = `127.0.0.1:${silent.address().port}`;
    const late = new MockActivityEnvironment({ scheduledTimestampMs: Date.now() - 11 * 60_000 }, { logger: QUIET });
    const waited = late.run<[StepInput], unknown, ReturnType<typeof awaitFlipSeen>>(
      awaitFlipSeen({ ...deps, dnsServers: [server] }),
      { deployment, waivers: [] },
    );
    try {
      await assert.rejects(waited, (error: ApplicationFailure) => {
        assert.deepEqual([error.type, error.nonRetryable], ['FlipUnseen', true]);
        const [said = '', next = ''] = error.message.split('. See that ');
        assert.ok(said.startsWith(`Not every DNS server answers with the flip 10m after it: ${server} answers not (`));
        assert.ok(said.endsWith(endpoint('b').dnsName), said);
        assert.match(next, /then resume, and they are asked again; or roll back\.$/);
        return true;
      });
    } finally {
      silent.close();
    }
  });

  test('says what to put back when the signpost is gone, and goes on once it is there', async () => {
    await step(announceDeployment);
    const name = signpostName(deployment.record);
    const set = {
      Name: name,
      Type: 'TXT',
      TTL: 5,
      ResourceRecords: [
        { Value: txtValue(formatSignpost(signpostOf('announced', deployment, BigInt(deployment.epoch ?? '0')))) },
      ],
    } as const;
    await change(deployment.zoneId, 'DELETE', { ...set, ResourceRecords: [...set.ResourceRecords] });
    await assert.rejects(step(flipRecord), (error: Error) => {
      assert.ok(error.message.includes(`Put it back as TXT ${set.ResourceRecords[0].Value}`), error.message);
      return true;
    });
    await change(deployment.zoneId, 'CREATE', { ...set, ResourceRecords: [...set.ResourceRecords] });
    await step(flipRecord);
  });

  test('does nothing when a worker wakes late, after the run has gone on', async () => {
    await step(announceDeployment);
    const late = deployment;
    await step(flipRecord);
    await step(moveReaders);
    deployment = late;
    await assert.rejects(step(flipRecord), { type: 'SignpostMoved' });
    assert.equal((await seen()).write, 'id-of-b');
  });

  test('lets a step change topics only while the signpost stands as its run wrote it last', async () => {
    const mayChange = (of: Deployment, stage: Stage = 'flipped') =>
      run(() => perform(pace => guarded(deps, of, stage, pace).stillMay()));
    await mayChange(deployment);
    await step(announceDeployment);
    const late = deployment;
    await mayChange(late, 'announced');
    await step(flipRecord);
    await mayChange(deployment);
    await assert.rejects(mayChange(late, 'announced'), {
      type: 'SignpostMoved',
      nonRetryable: true,
      message:
        /was changed by somebody else: it has epoch \d+ .* Put it back as TXT "v=1 epoch=\d+ .*", then resume\.$/,
    });
    const ahead = { ...deployment, epoch: String(BigInt(deployment.epoch ?? '0') + 1n) };
    // Behind for as long as an answer can be from the past, and then the truth.
    await assert.rejects(mayChange(ahead), { type: 'SignpostMoved', nonRetryable: true });
    await assert.rejects(mayChange({ ...deployment, id: 'ffffffffffff' }), { type: 'SignpostMoved' });
  });

  test('is looked at while clusters are worked on: a change of somebody else is refused by name, twice a minute', async () => {
    await step(announceDeployment);
    await step(flipRecord);
    const watching = (use: (watch: RecordWatch) => Promise<void>) =>
      run(() => perform(pace => use(new RecordWatch(deps, deployment, 'flipped', { ...pace, lagMs: 100 }))));
    const pointAt = (host: string, TTL = 5) =>
      change(deployment.zoneId, 'UPSERT', {
        Name: deployment.record,
        Type: 'CNAME',
        TTL,
        ResourceRecords: [{ Value: host }],
      });
    await watching(async watch => {
      await watch.look(0);
      await pointAt('a.elb.example.net');
      await watch.look(29_999);
      await assert.rejects(watch.look(30_000), { type: 'RecordChanged', message: /b\.elb.*, found .*a\.elb/ });
    });
    await pointAt('b.elb.example.net', 300);
    await assert.rejects(
      watching(watch => watch.look()),
      { type: 'RecordChanged', nonRetryable: true, message: /put it back as expected, then resume/ },
    );
    await pointAt('b.elb.example.net');
    await watching(watch => watch.look());
    await step(moveReaders);
    await assert.rejects(
      watching(watch => watch.look()),
      { type: 'SignpostMoved' },
    );
  });

  test('with order total asks writers to hold in the batch that flips, and opens green under a later epoch', async () => {
    await step(announceDeployment);
    const announced = deployment;
    const { epoch: held } = await step(flipToHold);
    assert.deepEqual(await seen(), { at: 'b.elb.example.net', ttl: 5, write: 'hold', by: deployment.id });
    deployment = { ...announced };
    assert.equal((await step(flipToHold)).epoch, held, 'a retry meets its own success');
    assert.equal((await run(locateTraffic(deps))).at, 'green');
    const onHold = deployment;
    const { epoch: opened } = await step(openGreen);
    assert.ok(BigInt(opened) > BigInt(held));
    deployment = onHold;
    assert.equal((await step(openGreen)).epoch, opened, 'a retry meets its own success');
    assert.equal((await seen()).write, 'id-of-b');
    await step(moveReaders);
    await step(closeDeployment);
  });

  test('with order total a rollback holds under an epoch of its own: a step that wakes late opens nothing', async () => {
    await step(announceDeployment);
    const { epoch: held } = await step(flipToHold);
    const late = { ...deployment, writersHold: true };
    const { epoch: heldBack } = await step(holdWrites);
    assert.ok(BigInt(heldBack) > BigInt(held));
    const goingBack = deployment;
    deployment = late;
    await assert.rejects(step(openGreen), { type: 'SignpostMoved' });
    await assert.rejects(
      run(() => perform(pace => guarded(deps, late, 'writes-held', pace).stillMay())),
      {
        type: 'SignpostMoved',
      },
    );
    deployment = goingBack;
    await step(returnRecord);
    assert.deepEqual(await seen(), { at: 'a.elb.example.net', ttl: 60, write: 'id-of-a', by: null });
  });

  test('says how the signpost of a hold is to be put back when somebody else wrote it, and goes on once it is there', async () => {
    await step(announceDeployment);
    await step(flipToHold);
    deployment = { ...deployment, writersHold: true };
    const { signpost } = await readRecords(deps, deployment);
    assert.ok(signpost.kind === 'signpost');
    const theirs = formatSignpost({ ...signpost.signpost, by: 'ffffffffffff' });
    await change(deployment.zoneId, 'UPSERT', { ...signpost.set, ResourceRecords: [{ Value: txtValue(theirs) }] });
    await assert.rejects(step(openGreen), { message: /Put it back as TXT "v=1 epoch=\d+ by=abcdef012345 write=hold / });
    await change(deployment.zoneId, 'UPSERT', signpost.set);
    await step(openGreen);
  });

  test('tells where writers are by the signpost, whatever the run believes', async () => {
    await step(announceDeployment);
    await step(flipRecord);
    assert.equal((await run(locateTraffic(deps))).at, 'green');
  });

  test(
    ...guarantee(
      { promise: 'undone', fault: 'a flip was sent, given up, and is carried out after the way back has begun' },
      'says that writers are on blue only under an epoch that a flip sent before cannot match any more',
      async () => {
        await step(announceDeployment);
        const { record, signpost } = await readRecords(deps, deployment);
        assert.ok('set' in record && signpost.kind === 'signpost');
        const old = deployment;
        const { at, epoch } = await run(locateTraffic(deps));
        assert.ok(at === 'blue' && epoch !== null && BigInt(epoch) > BigInt(old.epoch ?? '0'), String(epoch));
        const stands = await seen();
        const flipped = signpostOf('flipped', old, BigInt(old.epoch ?? '0') + 1n);
        const late = deps.aws.route53.send(
          new ChangeResourceRecordSetsCommand({
            HostedZoneId: old.zoneId,
            ChangeBatch: {
              Changes: [
                { Action: 'DELETE', ResourceRecordSet: record.set },
                { Action: 'DELETE', ResourceRecordSet: signpost.set },
                {
                  Action: 'CREATE',
                  ResourceRecordSet: { ...record.set, ResourceRecords: [{ Value: endpoint('b').dnsName }] },
                },
                {
                  Action: 'CREATE',
                  ResourceRecordSet: {
                    ...signpost.set,
                    ResourceRecords: [{ Value: txtValue(formatSignpost(flipped)) }],
                  },
                },
              ],
            },
          }),
        );
        await assert.rejects(late, { name: 'InvalidChangeBatch' });
        assert.deepEqual(await seen(), stands);
        await assert.rejects(step(flipRecord), { type: 'SignpostMoved' }, 'an attempt that wakes late neither');
        deployment = { ...old, epoch };
        await step(returnRecord);
        assert.deepEqual(await seen(), { at: 'a.elb.example.net', ttl: 60, write: 'id-of-a', by: null });
      },
    ),
  );
});
