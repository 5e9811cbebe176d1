/** What Java's own producer writes compressed is read by ours, and the other way round. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import kafkajs, { CompressionTypes } from 'kafkajs';
import { guardOfThisProcess } from '../../local/guard.ts';
import { runKafkaTool } from '../../local/kafka-tool.ts';
import { BlueGreenConsumer } from '../../switching/src/consumer.ts';
import { BlueGreenProducer } from '../../switching/src/producer.ts';
import { signpostName } from '../../switching/src/signpost.ts';
import { startTestCluster, temporaryDirectory } from '../support/cluster.ts';
import { createTopic, signpostOf, withAdmin } from './cluster-work.ts';
import { startDnsServer } from './dns-server.ts';
import { eventually } from './eventually.ts';

const RECORD = 'kafka.orders.example.com';
const codecs = {
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
} as const;
/** In batches of 3 MB. */
const FROM_JAVA = 12_000;
const RECORD_BYTES = 500;
const BATCH_BYTES = 3_000_000;
const FROM_US = 4_000;

const [cluster, dns, directory] = await Promise.all([
  startTestCluster({ version: '4.3.1', metadataMode: 'kraft', brokers: 1, config: { 'message.max.bytes': '8000000' } }),
  startDnsServer('127.0.0.1'),
  temporaryDirectory('codecs-'),
]);
const names = Object.keys(codecs) as (keyof typeof codecs)[];
const common = {
  clientId: 'orders-service',
  record: RECORD,
  resolver: { servers: [dns.server] },
  logger: { debug() {}, info() {}, warn() {}, error() {} },
};

const java = async (mainClass: string, args: readonly string[]) => {
  const hostsFile = join(directory, 'hosts');
  await writeFile(hostsFile, '127.0.0.1 localhost\n');
  const tool = await runKafkaTool({
    version: '4.3.1',
    mainClass,
    args,
    hostsFile,
    directory,
    guard: guardOfThisProcess(),
  });
  assert.equal(tool.code, 0, tool.stderr);
  return tool.stdout;
};

test("gzip, snappy, lz4 and zstd of Java's producer are read in batches of megabytes, and Java's consumer reads ours", async t => {
  dns.set(signpostName(RECORD), [signpostOf([cluster], 1n)]);
  t.after(() => dns.stop());
  const producer = new BlueGreenProducer({ ...common, maxBatchBytes: BATCH_BYTES });
  const consumer = new BlueGreenConsumer({
    ...common,
    groupId: 'billing',
    consumer: { maxWaitTimeInMs: 100, maxBytesPerPartition: 4_000_000 },
  });
  t.after(() => Promise.all([producer.disconnect(), consumer.disconnect()]));
  for (const name of names) for (const topic of [`java-${name}`, `ours-${name}`]) await createTopic(cluster, topic, 1);
  await withAdmin(cluster, admin =>
    admin.alterConfigs({
      validateOnly: false,
      resources: names.map(name => ({
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: `ours-${name}`,
        configEntries: [{ name: 'max.message.bytes', value: '8000000' }],
      })),
    }),
  );
  const payload = join(directory, 'payload');
  const lines = Array.from({ length: 50 }, (_, at) => `order ${at} `.padEnd(RECORD_BYTES, `${at * 7_919} paid; `));
  await writeFile(payload, lines.join('\n'));
  await Promise.all(
    names.map(name => {
      const properties = `bootstrap.servers=${cluster.bootstrap} compression.type=${name} linger.ms=200`;
      const sizes = `batch.size=${BATCH_BYTES} max.request.size=${BATCH_BYTES * 2}`;
      const args = `--topic java-${name} --num-records ${FROM_JAVA} --payload-file ${payload} --throughput -1`;
      return java(
        'org.apache.kafka.tools.ProducerPerformance',
        `${args} --producer-props ${properties} ${sizes}`.split(' '),
      );
    }),
  );

  await producer.connect();
  const ours = Array.from({ length: FROM_US }, (_, at) => `${at} ${lines[at % lines.length]}`);
  for (const name of names)
    await producer.send({ topic: `ours-${name}`, compression: codecs[name], messages: ours.map(value => ({ value })) });

  const seen = new Map<string, string[]>();
  await consumer.connect();
  await consumer.subscribe({ topics: names.flatMap(name => [`java-${name}`, `ours-${name}`]), fromBeginning: true });
  await consumer.run({
    eachBatch: async ({ batch: { topic, messages } }) => {
      const values = seen.get(topic) ?? [];
      seen.set(topic, values);
      for (const { value } of messages) values.push(String(value));
    },
  });
  const known = new Set(lines);
  for (const name of names) {
    await eventually(`all of java-${name} is read`, () => (seen.get(`java-${name}`)?.length ?? 0) >= FROM_JAVA, 60_000);
    await eventually(`all of ours-${name} is read`, () => (seen.get(`ours-${name}`)?.length ?? 0) >= FROM_US, 60_000);
    assert.equal(seen.get(`java-${name}`)?.length, FROM_JAVA);
    assert.ok(seen.get(`java-${name}`)?.every(value => known.has(value)));
    assert.deepEqual(seen.get(`ours-${name}`), ours);
  }

  const read = await Promise.all(
    names.map(name =>
      java(
        'org.apache.kafka.tools.consumer.ConsoleConsumer',
        `--bootstrap-server ${cluster.bootstrap} --topic ours-${name} --from-beginning --max-messages ${FROM_US} --timeout-ms 60000`.split(
          ' ',
        ),
      ),
    ),
  );
  for (const output of read)
    assert.deepEqual(
      output
        .split('\n')
        .slice(0, -1)
        .map(value => value.trimEnd()),
      ours.map(value => value.trimEnd()),
    );
});
