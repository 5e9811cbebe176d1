/** Real brokers for one test file: below the system's temporary folder, ended and removed after the file's tests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { type KafkaCluster, type KafkaClusterOptions, startKafkaCluster } from '../../local/cluster.ts';

/** Call it at a file's top level or inside a test; within a `before` hook it would end together with the hook. */
export async function startTestCluster(options: Omit<KafkaClusterOptions, 'directory'>): Promise<KafkaCluster> {
  const directory = await temporaryDirectory('kafka-cluster-');
  const cluster = await startKafkaCluster({ ...options, directory });
  after(() => cluster.stop());
  return cluster;
}

/** A folder that is removed after the file's tests, or after the test that asks for it. Not for `before` hooks either. */
export async function temporaryDirectory(prefix: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), prefix));
  after(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  return directory;
}
