import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Report } from '../../contract/report.ts';
import { type LocalStack, startLocal } from '../../local/stack.ts';
import { employ } from '../support/worker-rights.ts';
import { BLUE, bringUpBlue, GREEN, Operator, RECORD, request } from './deployment.ts';
import { Eyes } from './eyes.ts';

const READ_RECORD = 'kafka-read.orders.example.com';

describe('a deployment on real brokers, Temporal and emulated AWS, by a worker with the rights of its policy and no others', () => {
  let local: LocalStack;
  let operator: Operator;
  let eyes: Eyes;
  let report: Report;
  let overridesOnBlue: Record<string, Record<string, string>>;

  before(async () => {
    local = await startLocal({ authorizing: true });
    eyes = new Eyes(local);
    const { bootstrap } = await bringUpBlue(local);
    await local.pointRecord(READ_RECORD, bootstrap.split(':')[0] ?? '', 3);
    overridesOnBlue = await eyes.topicConfigs(BLUE);
    const service = { zoneId: local.zone.id, stackPrefix: 'kafka-orders-', record: RECORD, readRecord: READ_RECORD };
    await local.startWorker(await employ(eyes.aws, service));
    operator = await Operator.connect(local);
    await operator.start({ ...request, readRecord: READ_RECORD });
    await operator.approve('flip');
    await operator.approve('decommission');
    report = await operator.handle.result();
  });
  after(async () => {
    eyes.close();
    await operator.close();
    await local.stop();
  });

  test('goes from preflight to the deletion of blue', async () => {
    assert.equal(report.outcome, 'deployed');
    assert.deepEqual(
      report.phases.map(p => p.state),
      Array(12).fill('done'),
    );
    assert.equal(await eyes.stackStatus(BLUE), 'absent');
    assert.equal(await eyes.stackStatus(GREEN), 'CREATE_COMPLETE');
  });

  test('proves a row for every partition that the group read', () => {
    assert.deepEqual([report.ledger?.rows, report.ledger?.drained, report.ledger?.groups], [5, 5, 1]);
    assert.match(report.ledger?.sha256 ?? '', /^[0-9a-f]{64}$/);
  });

  test('leaves both records on green with the TTLs they had', async () => {
    const green = (await eyes.bootstrap(GREEN)).split(':')[0];
    for (const [name, ttl] of [
      [RECORD, 2],
      [READ_RECORD, 3],
    ] as const) {
      const set = await eyes.record(name);
      assert.deepEqual([set.ResourceRecords?.[0]?.Value?.replace(/\.$/, ''), set.TTL], [green, ttl]);
    }
  });

  test('leaves the signpost steady on green, by nobody', async () => {
    const signpost = await eyes.signpost();
    const id = report.green.clusterId;
    assert.deepEqual(
      [signpost?.['by'], signpost?.['write'], signpost?.['read'], signpost?.['drain']],
      ['-', id, id, '-'],
    );
  });

  test("leaves nothing of its own on green: blue's overrides, no keep, no tickets", async () => {
    const onGreen = await eyes.topicConfigs(GREEN);
    assert.deepEqual(Object.keys(onGreen).toSorted(), Object.keys(overridesOnBlue).toSorted());
    for (const [topic, overrides] of Object.entries(overridesOnBlue)) {
      for (const [key, value] of Object.entries(overrides))
        assert.equal(onGreen[topic]?.[key], value, `${topic} ${key}`);
      for (const key of ['retention.ms', 'retention.bytes', 'max.message.bytes'])
        assert.equal(onGreen[topic]?.[key], overrides[key], `${topic} ${key}`);
    }
  });

  test('keeps its history small', async () => {
    const { historyLength, historySize } = await operator.handle.describe();
    assert.ok(historyLength <= 350, `${historyLength} events`);
    assert.ok((historySize ?? 0) <= 256 * 1_024, `${historySize} bytes`);
  });
});
