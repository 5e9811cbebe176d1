/** One ZooKeeper, which several Kafka clusters share by their chroots. */
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { renderProperties } from './broker-properties.ts';
import type { Guard } from './guard.ts';
import { jvmArguments, loggingConfiguration } from './jvm.ts';
import { type Program, startProgram } from './process.ts';

/** The last Kafka that came with ZooKeeper. */
const VERSION = '3.9.2';
export const ZOOKEEPER_PORT = 2181;
const HEAP_MIB = 64;
const START_DEADLINE_MS = 60_000;
const POLL_MS = 200;

export interface ZooKeeper {
  /** `host:port` */
  readonly connect: string;
  readonly process: Program;
}

/** Returns when it answers; one that ends first is an error with the end of its log. */
export async function startZooKeeper(o: { host: string; directory: string; guard: Guard }): Promise<ZooKeeper> {
  await mkdir(o.directory, { recursive: true });
  const config = join(o.directory, 'zoo.cfg');
  const logging = join(o.directory, 'logging.properties');
  await writeFile(logging, loggingConfiguration(VERSION));
  await writeFile(
    config,
    renderProperties({
      dataDir: join(o.directory, 'data'),
      clientPort: String(ZOOKEEPER_PORT),
      clientPortAddress: o.host,
      tickTime: '500',
      maxClientCnxns: '0',
      'admin.enableServer': 'false',
      '4lw.commands.whitelist': 'ruok',
    }),
  );
  const mainClass = 'org.apache.zookeeper.server.ZooKeeperServerMain';
  const process = await startProgram({
    command: 'java',
    args: jvmArguments({ version: VERSION, mainClass, heapMiB: HEAP_MIB, args: [config], logging }),
    guard: o.guard,
    directory: o.directory,
    logFile: join(o.directory, 'zookeeper.log'),
  });
  const deadline = Date.now() + START_DEADLINE_MS;
  while (!(await isOk(o.host))) {
    if (!process.running() || Date.now() > deadline) {
      await process.end(0);
      throw new Error(
        `ZooKeeper at ${o.host}:${ZOOKEEPER_PORT} does not answer. Its log ends:\n${await process.tail()}`,
      );
    }
    await delay(POLL_MS);
  }
  return { connect: `${o.host}:${ZOOKEEPER_PORT}`, process };
}

/** ZooKeeper's four letter word: `ruok` is answered by `imok`. */
function isOk(host: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port: ZOOKEEPER_PORT, timeout: 2_000 });
    let text = '';
    socket.on('connect', () => socket.write('ruok'));
    socket.on('data', chunk => {
      text += chunk.toString();
    });
    socket.on('timeout', () => socket.destroy());
    socket.on('error', () => {});
    socket.on('close', () => resolve(text === 'imok'));
  });
}
