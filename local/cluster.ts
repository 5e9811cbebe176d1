/**
 * A whole Kafka cluster without AWS, for tests: real brokers, each on its own loopback address, gone after `stop()` or with the
 * process that started them.
 */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Connection, metadataV12 } from '@platformatic/kafka';
import { type BrokerOptions, logTail, startBroker } from './broker.ts';
import { CLIENT_PORT, CONTROLLER_PORT } from './broker-properties.ts';
import { ended } from './guard.ts';
import { allocateOctet } from './octet.ts';
import { until } from './until.ts';
import { startZooKeeper } from './zookeeper.ts';

const READY_WITHIN_MS = 90_000;

export interface ClusterOptions {
  readonly version: '3.9.2' | '4.3.1';
  readonly metadataMode: 'kraft' | 'zookeeper';
  readonly brokers?: 1 | 3;
  /** Second octet of the addresses; allocated when absent. */
  readonly octet?: number;
  /** Third octet of the addresses, 16 when absent. */
  readonly subnet?: number;
  /** host:port of a ZooKeeper that is there; one is started when absent. */
  readonly zooKeeper?: string;
  readonly chroot?: string;
  readonly directory: string;
  /** Broker properties beyond the usual ones. */
  readonly config?: Readonly<Record<string, string>>;
}

export interface KafkaCluster {
  readonly bootstrap: string;
  readonly clusterId: string;
  readonly version: string;
  readonly metadataMode: 'kraft' | 'zookeeper';
  readonly brokers: readonly {
    readonly id: number;
    readonly host: string;
    readonly port: number;
    readonly pid: number;
  }[];
  kill(id: number, signal?: NodeJS.Signals): void;
  restart(id: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the brokers and returns when each of them knows all of them. */
export async function startKafkaCluster(o: ClusterOptions): Promise<KafkaCluster> {
  const runId = `cluster-${randomBytes(6).toString('hex')}`;
  const held = o.octet === undefined ? await allocateOctet() : null;
  const network = `127.${o.octet ?? held?.octet ?? 16}`;
  const count = o.brokers ?? 3;
  const ids = Array.from({ length: count }, (_, i) => i + 1);
  const host = (id: number) => `${network}.${o.subnet ?? 16}.${9 + id}`;
  const zooKeeper =
    o.metadataMode === 'zookeeper' && o.zooKeeper === undefined
      ? await startZooKeeper({ host: `${network}.0.6`, directory: join(o.directory, 'zookeeper'), runId })
      : null;
  const kraftId = randomBytes(16).toString('base64url').replace(/^-/, 'A');
  const controllers = ids.map(id => `${id}@${host(id)}:${CONTROLLER_PORT}`).join(',');
  const chroot = o.chroot ?? `/kafka-${runId}`;
  const options = (id: number): BrokerOptions => ({
    identity: {
      brokerId: id,
      address: host(id),
      metadata:
        o.metadataMode === 'kraft'
          ? { kind: 'kraft', clusterId: kraftId, controllers }
          : { kind: 'zookeeper', connect: `${o.zooKeeper ?? zooKeeper?.address ?? ''}${chroot}` },
    },
    kafkaVersion: o.version,
    directory: join(o.directory, `broker-${id}`),
    replicas: count,
    runId,
    ...(o.config && { extra: o.config }),
  });
  const processes = new Map<number, ChildProcess>();
  const stop = async () => {
    for (const child of processes.values()) child.kill('SIGKILL');
    zooKeeper?.process.kill('SIGKILL');
    await Promise.all([...processes.values(), ...(zooKeeper ? [zooKeeper.process] : [])].map(ended));
    held?.release();
  };
  try {
    await Promise.all(ids.map(async id => processes.set(id, await startBroker(options(id)))));
    const clusterId = await allKnown(ids, host, processes, o.directory);
    return {
      bootstrap: ids.map(id => `${host(id)}:${CLIENT_PORT}`).join(','),
      clusterId,
      version: o.version,
      metadataMode: o.metadataMode,
      get brokers() {
        return ids.map(id => ({ id, host: host(id), port: CLIENT_PORT, pid: processes.get(id)?.pid ?? 0 }));
      },
      kill: (id, signal = 'SIGKILL') => void processes.get(id)?.kill(signal),
      restart: async id => {
        const old = processes.get(id);
        old?.kill('SIGKILL');
        if (old) await ended(old);
        // As a service manager does: ZooKeeper refuses a killed broker's return until its old session has expired.
        await until(
          `broker ${id} is back`,
          async () => {
            processes.set(id, await startBroker(options(id)));
            return allKnown([id], host, processes, o.directory, count).then(
              () => true,
              () => false,
            );
          },
          { withinMs: READY_WITHIN_MS, everyMs: 1_000 },
        );
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function allKnown(
  ids: readonly number[],
  host: (id: number) => string,
  processes: ReadonlyMap<number, ChildProcess>,
  directory: string,
  expected = ids.length,
): Promise<string> {
  let clusterId = '';
  let died: number | null = null;
  const look = async () => {
    died = ids.find(id => processes.get(id)?.exitCode !== null || processes.get(id)?.signalCode !== null) ?? null;
    const answers = await Promise.all(ids.map(id => brokersKnownBy(host(id))));
    clusterId = answers[0]?.clusterId ?? '';
    return answers.every(a => a !== null && a.brokers === expected);
  };
  try {
    await until('every broker knows every broker', look, {
      withinMs: READY_WITHIN_MS,
      failed: () => (died === null ? null : `broker ${died} ended`),
    });
  } catch (error) {
    const tail = await logTail(join(directory, `broker-${died ?? ids[0] ?? 1}`));
    throw new Error(`${error instanceof Error ? error.message : String(error)}. The end of its log:\n${tail}`, {
      cause: error,
    });
  }
  return clusterId;
}

/** What one broker says of its cluster, or null while it does not answer. */
export async function brokersKnownBy(
  host: string,
): Promise<{ readonly clusterId: string; readonly brokers: number } | null> {
  const connection = new Connection('readiness', { connectTimeout: 1_000, requestTimeout: 2_000 });
  connection.on('error', () => undefined);
  try {
    await connection.connect(host, CLIENT_PORT);
    const answer = await metadataV12.api.async(connection, [], false, false);
    return { clusterId: answer.clusterId ?? '', brokers: answer.brokers.length };
  } catch {
    return null;
  } finally {
    await connection.close().catch(() => undefined);
  }
}
