import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { audit } from '../../../demo/auditor/audit.ts';
import { Journal } from '../../../demo/auditor/journal.ts';
import { LogReader } from '../../../demo/auditor/log-reader.ts';
import { Sampler } from '../../../demo/samples.ts';
import { createTopics } from '../../../demo/traffic/create-topics.ts';
import { identityOf } from '../../../demo/traffic/identity.ts';
import { DEMO_APPLICATIONS as applications } from '../../../demo/traffic/shapes.ts';
import { TrafficProcess } from '../../../demo/traffic/traffic-process.ts';
import { untilHandled } from '../../../demo/until-handled.ts';
import { startKafkaCluster } from '../../../local/cluster.ts';

const DEMO = join(import.meta.dirname, '../../../demo');
const ENOUGH = 2_000;
const WITHIN_MS = 60_000;

test("the demo's traffic on a cluster to which nothing happens audits clean", async () => {
  const directory = await mkdtemp(join(tmpdir(), 'traffic-'));
  const cluster = await startKafkaCluster({ version: '3.9.2', metadataMode: 'zookeeper', directory });
  try {
    const [broker] = cluster.brokers;
    assert.ok(broker);
    await createTopics(`${broker.host}:${broker.port}`, applications);
    const journal = new Journal(applications.groups);
    const reader = await LogReader.start({
      bootstrap: cluster.brokers,
      reads: topic => applications.topics.some(shape => shape.topic === topic),
      onRecord: (topic, partition, { key, value }) => journal.hold('blue', topic, partition, identityOf(key, value)),
    });
    const sampler = new Sampler(() => null);
    sampler.watch('blue', reader, `${broker.host}:${broker.port}`);
    const traffic = await TrafficProcess.start({
      journal,
      applications,
      record: broker.host,
      listenOn: '127.0.0.1',
      spawn: (program, args) => spawn(process.execPath, [join(DEMO, `${program}.ts`), ...args], { stdio: 'ignore' }),
    });
    const deadline = Date.now() + WITHIN_MS;
    while (journal.acknowledgedCount < ENOUGH && Date.now() < deadline) await delay(100);
    await traffic.stopProducing();
    await reader.readToEnd(WITHIN_MS);
    await untilHandled(journal, applications.groups, WITHIN_MS);
    await sampler.stop();
    await traffic.stop();
    await reader.stop();

    const result = audit(journal.toInput());
    assert.deepEqual(traffic.refused, []);
    assert.equal(journal.foreign, 0);
    assert.ok(result.acknowledged >= ENOUGH, `only ${result.acknowledged} records were acknowledged`);
    assert.equal(result.acknowledged, result.produced);
    assert.deepEqual([result.lost, result.doubled, result.reordered], [0, 0, 0]);
    assert.ok(result.groups.every(group => group.complete && group.unexplained === 0 && group.expected > 0));
    const last = sampler.samples.at(-1);
    assert.ok((last?.blueEnd ?? 0) > 0 && last?.greenEnd === null);
  } finally {
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  }
});
