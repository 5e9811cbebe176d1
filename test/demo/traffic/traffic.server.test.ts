import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { audit } from '../../../demo/auditor/audit.ts';
import { Journal } from '../../../demo/auditor/journal.ts';
import { LogReader } from '../../../demo/auditor/log-reader.ts';
import { Sampler } from '../../../demo/samples.ts';
import { createTopics } from '../../../demo/traffic/create-topics.ts';
import { Fleet } from '../../../demo/traffic/fleet.ts';
import { identityOf } from '../../../demo/traffic/identity.ts';
import { type Applications, DEMO_APPLICATIONS } from '../../../demo/traffic/shapes.ts';
import { TrafficProcess } from '../../../demo/traffic/traffic-process.ts';
import { untilHandled } from '../../../demo/until-handled.ts';
import { startKafkaCluster } from '../../../local/cluster.ts';
import { until } from '../../../local/until.ts';

const DEMO = join(import.meta.dirname, '../../../demo');
const ENOUGH = 2_000;
const WITHIN_MS = 60_000;

describe("the demo's traffic on a cluster to which nothing happens", () => {
  let directory: string;
  let cluster: Awaited<ReturnType<typeof startKafkaCluster>>;
  let broker: { readonly host: string; readonly port: number };
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'traffic-'));
    cluster = await startKafkaCluster({ version: '3.9.2', metadataMode: 'zookeeper', directory });
    const [first] = cluster.brokers;
    assert.ok(first);
    broker = first;
  });
  after(async () => {
    await cluster?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** The journal of these applications, with a reader that fills it from the cluster's log. */
  async function observe(applications: Applications): Promise<{ journal: Journal; reader: LogReader }> {
    await createTopics(`${broker.host}:${broker.port}`, applications);
    const journal = new Journal(applications.groups);
    const reader = await LogReader.start({
      bootstrap: cluster.brokers,
      reads: topic => applications.topics.some(shape => shape.topic === topic),
      onRecord: (topic, partition, { key, value }) => journal.hold('blue', topic, partition, identityOf(key, value)),
    });
    return { journal, reader };
  }

  const options = (journal: Journal, applications: Applications) => ({
    journal,
    applications,
    record: broker.host,
    listenOn: '127.0.0.1',
    spawn: (program: string, args: readonly string[]) =>
      spawn(process.execPath, [join(DEMO, `${program}.ts`), ...args], { stdio: 'ignore' }),
  });

  test('audits clean', async () => {
    const applications = DEMO_APPLICATIONS;
    const { journal, reader } = await observe(applications);
    const sampler = new Sampler(() => null);
    sampler.watch('blue', reader, `${broker.host}:${broker.port}`);
    const traffic = await TrafficProcess.start(options(journal, applications));
    await until('enough is acknowledged', async () => journal.acknowledgedCount >= ENOUGH, { withinMs: WITHIN_MS });
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
  });

  test('of plain clients goes on after a death of the writers, and every send without an answer is counted', async () => {
    const topic = {
      topic: 'plain',
      partitions: 2,
      configs: {},
      recordsPerSecond: 200,
      valueBytes: 50,
      keys: 10,
      producers: ['till-1'],
    };
    const group = { group: 'books', topics: ['plain'], pauseMs: 0, partitionsConsumedConcurrently: 2 };
    const applications: Applications = { topics: [topic], groups: [group], transactionalTopic: null };
    const { journal, reader } = await observe(applications);
    const fleet = await Fleet.start({ ...options(journal, applications), clients: 'plain' });
    const flows = async () => {
      const goal = journal.acknowledgedCount + 200;
      await until('records flow', async () => journal.acknowledgedCount >= goal, { withinMs: WITHIN_MS });
    };
    await flows();
    await fleet.restart('writers');
    await flows();
    await fleet.stopProducing();
    await reader.readToEnd(WITHIN_MS);
    await untilHandled(journal, applications.groups, WITHIN_MS);
    await fleet.stop();
    await reader.stop();

    const result = audit(journal.toInput());
    assert.equal(result.inLogs.lost, 0);
    assert.equal(journal.foreign, 0);
    const unanswered = Object.values(fleet.givenUp).reduce((sum, count) => sum + count, 0);
    assert.equal(result.produced, result.acknowledged + unanswered);
    assert.equal(result.groups[0]?.lost, 0);
  });
});
