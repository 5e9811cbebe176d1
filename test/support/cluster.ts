/** Real brokers for one test file: below the system's temporary folder, ended and removed after the file's tests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { type KafkaCluster, type KafkaClusterOptions, startKafkaCluster } from '../../local/cluster.ts';

/** Call it in a file's (or suite's) `before`, or at its top level. */
export async function startTestCluster(options: Omit<KafkaClusterOptions, 'directory'>): Promise<KafkaCluster> {
  const directory = await temporaryDirectory('kafka-cluster-');
  const cluster = await startKafkaCluster({ ...options, directory });
  after(() => cluster.stop());
  return cluster;
}

/** A folder that is removed after the tests of the file or suite it is asked for in. */
export async function temporaryDirectory(prefix: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), prefix));
  after(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  return directory;
}
