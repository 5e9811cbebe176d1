/** One real cluster for a test file: started before its tests, gone after them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { type ClusterOptions, type KafkaCluster, startKafkaCluster } from '../../local/cluster.ts';

/** Call in `before()` of the file or suite; ends the cluster after it and removes its disks. */
export async function startTestCluster(options: Omit<ClusterOptions, 'directory'>): Promise<KafkaCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'kafka-bluegreen-'));
  const cluster = await startKafkaCluster({ ...options, directory });
  after(async () => {
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  });
  return cluster;
}
