// @ts-check
// Short runs of Kafka that write down which classes they load. Everything listens on loopback, on ports the system hands out.
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { exitOf, must, startGuarded, throwIfStopped } from './run.mjs';
import { Trouble } from './trouble.mjs';

/** @typedef {{ classpath: string, workplace: string, log: string }} Place */

const jvm = ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-XX:-UsePerfData'];
const readyWithinMs = 60_000;

/** A KRaft broker, its formatting and an admin tool. @param {Place} place @returns {Promise<string[]>} class lists */
export async function trainKafka4(place) {
  const [client, controller] = await twoFreePorts();
  const config = writeProperties(place, 'broker', {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${client},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${client}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    ...smallBroker(place),
  });
  const format = ['kafka.tools.StorageTool', 'format', '--cluster-id=AAAAAAAAAAAAAAAAAAAAAQ', '-c', config];
  const formatting = await runToEnd(place, 'format', format);
  const broker = await runServer(place, 'broker', ['kafka.Kafka', config], client);
  const tool = await useThenStop(broker, () => runToEnd(place, 'tool', topicTool(client)));
  return [formatting, broker.list, tool];
}

/** ZooKeeper, a broker on it and an admin tool. @param {Place} place @returns {Promise<string[]>} class lists */
export async function trainKafka3(place) {
  const [client, keeper] = await twoFreePorts();
  const zooConfig = writeProperties(place, 'zookeeper', {
    tickTime: '500',
    dataDir: join(place.workplace, 'zookeeper'),
    clientPort: String(keeper),
    clientPortAddress: '127.0.0.1',
    'admin.enableServer': 'false',
  });
  const config = writeProperties(place, 'broker', {
    'broker.id': '1',
    'zookeeper.connect': `127.0.0.1:${keeper}/training`,
    listeners: `PLAINTEXT://127.0.0.1:${client}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${client}`,
    ...smallBroker(place),
  });
  const zooMain = 'org.apache.zookeeper.server.ZooKeeperServerMain';
  const zooKeeper = await runServer(place, 'zookeeper', [zooMain, zooConfig], keeper);
  return await useThenStop(zooKeeper, async () => {
    const broker = await runServer(place, 'broker', ['kafka.Kafka', config], client);
    const tool = await useThenStop(broker, () => runToEnd(place, 'tool', topicTool(client)));
    return [zooKeeper.list, broker.list, tool];
  });
}

/**
 * A server writes its class list when it ends, so it is stopped before the list is read.
 * @template T @param {{ stop: () => Promise<void> }} server @param {() => Promise<T>} use @returns {Promise<T>}
 */
async function useThenStop(server, use) {
  try {
    return await use();
  } finally {
    await server.stop();
  }
}

/** @param {Place} place */
const smallBroker = place => ({
  'log.dirs': join(place.workplace, 'data'),
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '1',
  'log.cleaner.dedupe.buffer.size': '2097152',
});

/** @param {number} port */
const topicTool = port => [
  'org.apache.kafka.tools.TopicCommand',
  '--bootstrap-server',
  `127.0.0.1:${port}`,
  '--create',
  '--topic',
  'training',
  '--partitions',
  '1',
];

/** @param {Place} place @param {string} name @param {Record<string, string>} properties */
function writeProperties(place, name, properties) {
  const file = join(place.workplace, `${name}.properties`);
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}`);
  mkdirSync(place.workplace, { recursive: true });
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** @param {Place} place @param {string} name @param {readonly string[]} main */
const javaArguments = (place, name, main) => [
  ...jvm,
  `-XX:DumpLoadedClassList=${listOf(place, name)}`,
  '-cp',
  place.classpath,
  ...main,
];

/** @param {Place} place @param {string} name */
const listOf = (place, name) => join(place.workplace, `${name}.lst`);

/** @param {Place} place @param {string} name @param {readonly string[]} main @returns {Promise<string>} its class list */
async function runToEnd(place, name, main) {
  await must(place.log, 'java', javaArguments(place, name, main));
  return listOf(place, name);
}

/**
 * Starts a server and waits until its port answers, or it is gone.
 * @param {Place} place @param {string} name @param {readonly string[]} main @param {number} port
 */
async function runServer(place, name, main, port) {
  const child = startGuarded('group', 'java', javaArguments(place, name, main));
  const exited = exitOf(child);
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => appendFileSync(place.log, chunk));
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  const deadline = performance.now() + readyWithinMs;
  while (!(await answers(port))) {
    throwIfStopped();
    if (child.exitCode !== null) throw new Trouble(`${main[0]} ended before it answered; see ${place.log}.`);
    if (performance.now() > deadline) {
      await stop();
      throw new Trouble(`${main[0]} did not answer within ${readyWithinMs / 1000} s; see ${place.log}.`);
    }
    await wait(100);
  }
  return { list: listOf(place, name), stop };
}

/** @param {number} port @returns {Promise<boolean>} */
function answers(port) {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** @returns {Promise<[number, number]>} two ports of loopback that were free a moment ago */
async function twoFreePorts() {
  const servers = [await listenAnywhere(), await listenAnywhere()];
  const [one = 0, other = 0] = servers.map(
    server => /** @type {import('node:net').AddressInfo} */ (server.address()).port,
  );
  await Promise.all(servers.map(server => new Promise(closed => server.close(closed))));
  return [one, other];
}

/** @returns {Promise<import('node:net').Server>} */
function listenAnywhere() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
