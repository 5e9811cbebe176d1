/**
 * A whole Kafka cluster on this machine, without AWS: every broker a process on an address of its own, ready when each of
 * them knows all of them. Nothing of it outlives the starting process or `stop()`.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startBroker } from './broker.ts';
import {
  type BrokerMetadata,
  CLIENT_PORT,
  CONTROLLER_PORT,
  type HostAndPort,
  LOGIN_PORT,
  type LoginListener,
} from './broker-properties.ts';
import { ClusterMember } from './cluster-member.ts';
import { guardOfThisProcess } from './guard.ts';
import { KraftStorage, newClusterId } from './kraft-storage.ts';
import { allocateOctet } from './octet.ts';
import { startZooKeeper, type ZooKeeper } from './zookeeper.ts';

const START_DEADLINE_MS = 90_000;
const POLL_MS = 200;
const FIRST_HOST = 10;
const DEFAULT_SUBNET = 16;

export interface KafkaClusterOptions {
  readonly version: '3.9.2' | '4.3.1';
  readonly metadataMode: 'kraft' | 'zookeeper';
  /** Three when absent. */
  readonly brokers?: 1 | 3;
  /** The second octet of every address; allocated when absent. */
  readonly octet?: number;
  /** The third octet: brokers are 127.octet.subnet.10 and upwards. 16 when absent. */
  readonly subnet?: number;
  /** `host:port`; in ZooKeeper mode the cluster starts its own when absent. */
  readonly zooKeeper?: string;
  /** Without a slash; `kafka` when absent. */
  readonly chroot?: string;
  /** Disks, configurations and logs go below it. */
  readonly directory: string;
  /** Opens `loginBootstrap`. */
  readonly login?: LoginListener;
  /** Broker properties that win over the usual ones. */
  readonly config?: Readonly<Record<string, string>>;
  /** Gives each broker a second listener, on 9094, that sends clients here: to a proxy in front of the broker's `host`. */
  readonly advertised?: (broker: { readonly id: number; readonly host: string }) => HostAndPort;
}

export interface KafkaBroker {
  readonly id: number;
  readonly host: string;
  readonly port: typeof CLIENT_PORT;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
}

export interface KafkaCluster {
  /** Every broker's `host:port`, separated by commas. */
  readonly bootstrap: string;
  /** The same for the listener where users log in; nothing answers there without `login`. */
  readonly loginBootstrap: string;
  readonly clusterId: string;
  readonly version: string;
  readonly metadataMode: 'kraft' | 'zookeeper';
  readonly brokers: readonly KafkaBroker[];
  /** SIGKILL when no signal is named. */
  kill(id: number, signal?: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void;
  /** Ends the broker if it runs, starts it on its old disk, and returns when every running broker knows it. */
  restart(id: number): Promise<void>;
  stop(): Promise<void>;
}

/** Returns when every broker answers and knows all of them; a broker that dies first is an error with the end of its log. */
export async function startKafkaCluster(options: KafkaClusterOptions): Promise<KafkaCluster> {
  const { version, metadataMode, brokers: count = 3, subnet = DEFAULT_SUBNET, directory } = options;
  if (metadataMode === 'zookeeper' && !version.startsWith('3.')) {
    throw new Error(`Kafka ${version} has no ZooKeeper mode; use kraft, or a version before 4.`);
  }
  await mkdir(directory, { recursive: true });
  const guard = guardOfThisProcess();
  const allocated = options.octet === undefined ? await allocateOctet() : undefined;
  const network = `127.${allocated?.octet ?? options.octet}.${subnet}`;
  const storage = new KraftStorage(join(directory, 'formatted'), guard);
  const members: ClusterMember[] = [];
  let zooKeeper: ZooKeeper | undefined;
  const stop = async () => {
    await Promise.all(members.map(broker => broker.end()));
    await zooKeeper?.process.end(0);
    allocated?.release();
    const made = [...members.map(({ id }) => `broker-${id}`), 'formatted', 'zookeeper'];
    await Promise.all(made.map(name => rm(join(directory, name), { recursive: true, force: true })));
  };
  try {
    if (metadataMode === 'zookeeper' && options.zooKeeper === undefined) {
      zooKeeper = await startZooKeeper({ host: `${network}.6`, directory: join(directory, 'zookeeper'), guard });
    }
    const hosts = Array.from({ length: count }, (_, at) => `${network}.${FIRST_HOST + at}`);
    const metadata: BrokerMetadata =
      metadataMode === 'kraft'
        ? { kind: 'kraft', clusterId: newClusterId(), controllers: quorum(hosts) }
        : { kind: 'zookeeper', connect: `${options.zooKeeper ?? zooKeeper?.connect}/${options.chroot ?? 'kafka'}` };
    for (const [at, address] of hosts.entries()) {
      const id = at + 1;
      const advertised = options.advertised?.({ id, host: address });
      members.push(
        new ClusterMember(
          { version, id, address, replicas: count, metadata, config: options.config, advertised, login: options.login },
          settings => startBroker({ settings, directory: join(directory, `broker-${settings.id}`), guard, storage }),
        ),
      );
    }
    await Promise.all(members.map(broker => broker.start()));
    await untilAllKnown(members);
    const clusterId = await members[0]?.clusterId();
    if (clusterId === undefined) throw new Error(`Broker 1 at ${network}.${FIRST_HOST} stopped answering at once.`);
    return {
      bootstrap: hosts.map(host => `${host}:${CLIENT_PORT}`).join(','),
      loginBootstrap: hosts.map(host => `${host}:${LOGIN_PORT}`).join(','),
      clusterId,
      version,
      metadataMode,
      brokers: members,
      kill: (id, signal = 'SIGKILL') => member(members, id).kill(signal),
      restart: async id => {
        const target = member(members, id);
        await target.end();
        await restartUntilKnown(target, members);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function quorum(hosts: readonly string[]): string {
  return hosts.map((host, at) => `${at + 1}@${host}:${CONTROLLER_PORT}`).join(',');
}

function member(members: readonly ClusterMember[], id: number): ClusterMember {
  const found = members.find(candidate => candidate.id === id);
  if (found === undefined) throw new Error(`There is no broker ${id} in this cluster of ${members.length}.`);
  return found;
}

async function untilAllKnown(members: readonly ClusterMember[]): Promise<void> {
  const ids = members.map(({ id }) => id);
  const deadline = Date.now() + START_DEADLINE_MS;
  for (;;) {
    const dead = members.find(candidate => !candidate.running());
    if (dead !== undefined) throw new Error(await dead.death());
    if ((await Promise.all(members.map(candidate => candidate.knows(ids)))).every(Boolean)) return;
    if (Date.now() > deadline) {
      const tails = await Promise.all(members.map(async broker => `broker ${broker.id}:\n${await broker.tail()}`));
      throw new Error(
        `Not every broker knows all of ${ids.join()} after ${START_DEADLINE_MS / 1000} s.\n${tails.join('\n')}`,
      );
    }
    await delay(POLL_MS);
  }
}

/**
 * A killed broker's ZooKeeper session lives on for some seconds, and until it ends the broker cannot register again and
 * exits; it is started until it stays, as a service manager would.
 */
async function restartUntilKnown(target: ClusterMember, members: readonly ClusterMember[]): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  await target.start();
  for (;;) {
    if (!target.running()) {
      if (Date.now() > deadline) throw new Error(await target.death());
      await target.start();
    }
    const running = members.filter(candidate => candidate.running());
    if ((await Promise.all(running.map(candidate => candidate.knows([target.id])))).every(Boolean)) return;
    if (Date.now() > deadline) {
      throw new Error(
        `Broker ${target.id} is not known to every broker ${START_DEADLINE_MS / 1000} s after its restart.`,
      );
    }
    await delay(POLL_MS);
  }
}
