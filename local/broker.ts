/** One Kafka broker as a process: its disk, its properties, and an end that says why. */
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type BrokerIdentity, brokerProperties } from './broker-properties.ts';
import { ended, RUN_VARIABLE, spawnGuarded } from './guard.ts';
import { javaArguments, kafkaInstalled } from './jvm.ts';

export interface BrokerOptions {
  readonly identity: BrokerIdentity;
  readonly kafkaVersion: string;
  /** The broker's disk: it survives a stop. */
  readonly directory: string;
  readonly replicas: number;
  readonly runId: string;
  readonly extra?: Readonly<Record<string, string>>;
}

/** Formats the disk if it is blank (KRaft) and starts the broker; whether it serves is asked by whoever waits for it. */
export async function startBroker(o: BrokerOptions): Promise<ChildProcess> {
  if (!kafkaInstalled(o.kafkaVersion)) throw new Error(`Kafka ${o.kafkaVersion} is not installed in this image.`);
  const dataDirectory = join(o.directory, 'data');
  const file = join(o.directory, 'server.properties');
  await mkdir(o.directory, { recursive: true });
  const properties = brokerProperties(o.identity, {
    dataDirectory,
    replicas: o.replicas,
    ...(o.extra && { extra: o.extra }),
  });
  await writeFile(file, properties);
  const { metadata } = o.identity;
  if (metadata.kind === 'kraft' && !existsSync(join(dataDirectory, 'meta.properties')))
    await format(o, file, metadata.clusterId);
  return spawnGuarded(java(o, 'kafka.Kafka', [file]));
}

/** The end of the broker's log, for an error that says why it died. */
export async function logTail(directory: string, lines = 12): Promise<string> {
  const text = await readFile(join(directory, 'broker.log'), 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

async function format(o: BrokerOptions, file: string, clusterId: string): Promise<void> {
  const tool = spawnGuarded(java(o, 'kafka.tools.StorageTool', ['format', `--cluster-id=${clusterId}`, '-c', file]));
  await ended(tool);
  if (tool.exitCode !== 0)
    throw new Error(`The disk of broker ${o.identity.brokerId} could not be formatted:\n${await logTail(o.directory)}`);
}

function java(o: BrokerOptions, mainClass: string, args: readonly string[]) {
  return {
    command: 'java',
    args: javaArguments({ kafkaVersion: o.kafkaVersion, mainClass, args }),
    cwd: dirname(o.directory),
    environment: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', [RUN_VARIABLE]: o.runId },
    logFile: join(o.directory, 'broker.log'),
  };
}
