/** One ZooKeeper that several clusters share, each below its own chroot. */
import type { ChildProcess } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { RUN_VARIABLE, spawnGuarded } from './guard.ts';
import { javaArguments } from './jvm.ts';
import { until } from './until.ts';

/** The last Kafka line that brings ZooKeeper along. */
const KAFKA_WITH_ZOOKEEPER = '3.9.2';
export const ZOOKEEPER_PORT = 2181;

export interface ZooKeeper {
  /** host:port */
  readonly address: string;
  readonly process: ChildProcess;
}

export async function startZooKeeper(o: {
  readonly host: string;
  readonly directory: string;
  readonly runId: string;
}): Promise<ZooKeeper> {
  await mkdir(o.directory, { recursive: true });
  const file = join(o.directory, 'zoo.cfg');
  await writeFile(
    file,
    `${[
      'tickTime=500',
      `dataDir=${join(o.directory, 'data')}`,
      `clientPort=${ZOOKEEPER_PORT}`,
      `clientPortAddress=${o.host}`,
      'admin.enableServer=false',
      'maxClientCnxns=0',
      '4lw.commands.whitelist=ruok',
    ].join('\n')}\n`,
  );
  const child = spawnGuarded({
    command: 'java',
    args: javaArguments({
      kafkaVersion: KAFKA_WITH_ZOOKEEPER,
      mainClass: 'org.apache.zookeeper.server.ZooKeeperServerMain',
      args: [file],
      heapMiB: 64,
    }),
    cwd: o.directory,
    environment: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', [RUN_VARIABLE]: o.runId },
    logFile: join(o.directory, 'zookeeper.log'),
  });
  await until(`ZooKeeper at ${o.host} answers`, async () => (await ask(o.host)) === 'imok', {
    withinMs: 30_000,
    failed: () =>
      child.exitCode === null
        ? null
        : `ZooKeeper ended with code ${child.exitCode}; see ${join(o.directory, 'zookeeper.log')}`,
  });
  return { address: `${o.host}:${ZOOKEEPER_PORT}`, process: child };
}

function ask(host: string): Promise<string> {
  return new Promise(resolve => {
    let answer = '';
    const socket = connect({ host, port: ZOOKEEPER_PORT }, () => socket.end('ruok'));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on('data', data => {
      answer += data.toString();
    });
    socket.on('error', () => resolve(''));
    socket.on('close', () => resolve(answer));
  });
}
