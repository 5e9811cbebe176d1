/** One Kafka broker as a process: its disk made ready when blank, its configuration written anew at every start. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BrokerSettings, brokerProperties, renderProperties } from './broker-properties.ts';
import type { Guard } from './guard.ts';
import { jvmArguments, loggingConfiguration } from './jvm.ts';
import type { KraftStorage } from './kraft-storage.ts';
import { type Program, startProgram } from './process.ts';

const HEAP_MIB = 128;

export interface BrokerOptions {
  readonly settings: Omit<BrokerSettings, 'dataDirectory'>;
  /** The broker's own: configuration, log, and its disk in `data`. */
  readonly directory: string;
  readonly guard: Guard;
  readonly storage: KraftStorage;
}

/** Returns when the process runs, not when it serves. */
export async function startBroker({ settings, directory, guard, storage }: BrokerOptions): Promise<Program> {
  const { version, id, metadata } = settings;
  const dataDirectory = join(directory, 'data');
  await mkdir(dataDirectory, { recursive: true });
  if (metadata.kind === 'kraft' && !existsSync(join(dataDirectory, 'meta.properties'))) {
    await storage.format({ version, dataDirectory, clusterId: metadata.clusterId, nodeId: id });
  }
  const properties = join(directory, 'server.properties');
  const logging = join(directory, 'logging.properties');
  await writeFile(properties, renderProperties(brokerProperties({ ...settings, dataDirectory })));
  await writeFile(logging, loggingConfiguration(version));
  return startProgram({
    command: 'java',
    args: jvmArguments({ version, mainClass: 'kafka.Kafka', heapMiB: HEAP_MIB, args: [properties], logging }),
    guard,
    directory,
    logFile: join(directory, 'broker.log'),
  });
}
