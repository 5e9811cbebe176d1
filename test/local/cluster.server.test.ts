import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type KafkaCluster, type KafkaClusterOptions, startKafkaCluster } from '../../local/cluster.ts';
import { probeMetadata } from '../../local/metadata-probe.ts';
import { temporaryDirectory } from '../support/cluster.ts';

const kinds = [
  { version: '3.9.2', metadataMode: 'zookeeper' },
  { version: '3.9.2', metadataMode: 'kraft' },
  { version: '4.3.1', metadataMode: 'kraft' },
] as const;

for (const kind of kinds) {
  test(`a cluster of Kafka ${kind.version} in ${kind.metadataMode} mode serves, takes a killed broker back, and leaves nothing`, async () => {
    await withCluster({ ...kind }, async (cluster, directory) => {
      for (const { host, port } of cluster.brokers) {
        const answer = await probeMetadata(host, port);
        assert.deepEqual(answer?.brokerIds, [1, 2, 3]);
        assert.equal(answer?.clusterId, cluster.clusterId);
      }
      const killed = cluster.brokers[1]?.pid;
      cluster.kill(2);
      await cluster.restart(2);
      assert.notEqual(cluster.brokers[1]?.pid, killed);
      const pids = cluster.brokers.map(({ pid }) => pid);
      await cluster.stop();
      assert.deepEqual(
        pids.filter(pid => existsSync(`/proc/${pid}`)),
        [],
      );
      assert.deepEqual(await readdir(directory), []);
    });
  });
}

test('a cluster that shares a ZooKeeper is kept apart by its chroot', async () => {
  await withCluster({ version: '3.9.2', metadataMode: 'zookeeper', brokers: 1, chroot: 'a' }, async first => {
    const [{ host } = { host: '' }] = first.brokers;
    const [, octet, subnet] = host.split('.').map(Number);
    const zooKeeper = `127.${octet}.${subnet}.6:2181`;
    await withCluster(
      { version: '3.9.2', metadataMode: 'zookeeper', brokers: 1, chroot: 'b', subnet: 32, zooKeeper },
      async second => {
        assert.notEqual(first.clusterId, second.clusterId);
      },
    );
  });
});

test('a cluster whose broker dies at its start says so at once, with the end of its log', async () => {
  const started = Date.now();
  await assert.rejects(
    withCluster(
      { version: '4.3.1', metadataMode: 'kraft', brokers: 1, config: { 'log.retention.ms': '0' } },
      async () => {},
    ),
    /Broker 1 at 127\.\d+\.16\.10 ended \(exit code 1\) before it served[^]*log\.retention\.ms/,
  );
  assert.ok(Date.now() - started < 30_000);
});

async function withCluster(
  options: Omit<KafkaClusterOptions, 'directory'>,
  use: (cluster: KafkaCluster, directory: string) => Promise<void>,
): Promise<void> {
  const directory = join(await temporaryDirectory('cluster-test-'), 'cluster');
  const cluster = await startKafkaCluster({ ...options, directory });
  try {
    await use(cluster, directory);
  } finally {
    await cluster.stop();
  }
}
