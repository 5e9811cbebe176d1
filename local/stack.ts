/**
 * One machine's AWS, DNS and Temporal, with room for Kafka clusters: a run. It has a network of its own on loopback, and
 * everything in it ends with `stop()` or with the process that started it, whatever ends that.
 */
import type { ChildProcess } from 'node:child_process';
import { basename, extname, join } from 'node:path';
import { closeAws, type LocalAws, localAws } from './aws-clients.ts';
import { type ClusterRequest, type ClusterStack, createClusterStack } from './cluster-stack.ts';
import { startEmulator } from './emulator.ts';
import { type Guard, newRunId, RUN_VARIABLE, startGuard } from './guard.ts';
import { runKafkaTool, type ToolResult } from './kafka-tool.ts';
import { startLauncher } from './launcher/launcher.ts';
import { requireLoopback } from './loopback-only.ts';
import { type NamesService, startNamesService } from './names-service.ts';
import { createNetwork, createZone, type HostedZone, type Network, putRecord } from './network.ts';
import { spawnNodeProgram, startWorkerProgram } from './node-process.ts';
import { allocateOctet } from './octet.ts';
import type { Program } from './process.ts';
import { clearRunDirectory, makeRunDirectory } from './run-directory.ts';
import { runEnvironment } from './run-environment.ts';
import { startTemporal, type TemporalServer } from './temporal-server.ts';
import { startZooKeeper, type ZooKeeper } from './zookeeper.ts';

const EMULATOR_PORT = 4566;

/** The worker process. */
export type LocalWorker = Program;

export interface LocalStack {
  readonly runId: string;
  /** Logs, disks and evidence of the run; all but the logs goes with it. */
  readonly directory: string;
  readonly awsEndpoint: string;
  readonly temporal: { readonly address: string; readonly webUi: string };
  /** `host:port` each. */
  readonly dns: { readonly resolver: string; readonly authority: string };
  readonly network: Network;
  /** A private hosted zone of the network. */
  readonly zone: HostedZone;
  /** `host:port` of the ensemble that clusters share by their chroots. */
  readonly zooKeeper: string;
  /** For JVMs: follows zones and load balancers. */
  readonly hostsFile: string;
  /** The whole environment of a Node program of this run. */
  readonly environment: Readonly<Record<string, string>>;
  /** By CloudFormation; returns when every broker serves, or fails with the reason of the resource that failed first. */
  createCluster(request: ClusterRequest): Promise<ClusterStack>;
  /** Creates or changes a CNAME of the zone, and returns when it is served. */
  pointRecord(name: string, target: string, ttlSeconds: number): Promise<void>;
  /** The built worker, with what its environment has beyond or instead of the run's own; returns when it is ready. */
  startWorker(environment?: Readonly<Record<string, string>>): Promise<LocalWorker>;
  /** A Node program that ends with the run; its output is in a log of the run named after it. */
  spawnNode(script: string, args: readonly string[], environment?: Readonly<Record<string, string>>): ChildProcess;
  runKafkaTool(version: string, mainClass: string, args: readonly string[]): Promise<ToolResult>;
  /** Returns when nothing of the run is left but its logs. */
  stop(): Promise<void>;
}

export interface LocalOptions {
  /** Hears what happens, a line each. */
  readonly log?: (line: string) => void;
  /** Whether AWS asks policies whether a caller may; with its own credentials everybody may do everything. */
  readonly authorizing?: boolean;
}

/** Refused when TEMPORAL_ADDRESS points away from this machine. */
export async function startLocal({
  log = () => undefined,
  authorizing = false,
}: LocalOptions = {}): Promise<LocalStack> {
  requireLoopback(process.env);
  const allocated = await allocateOctet();
  const { octet } = allocated;
  const ends = new Ends();
  ends.add(async () => allocated.release());
  try {
    const runId = newRunId(process.env[RUN_VARIABLE]);
    const directory = await makeRunDirectory(runId, octet);
    ends.add(() => clearRunDirectory(directory));
    const guard = startGuard(runId);
    ends.add(() => guard.end());
    return await start({ octet, directory, guard, ends, log, authorizing });
  } catch (error) {
    await ends.run();
    throw error;
  }
}

interface Run {
  readonly octet: number;
  readonly directory: string;
  readonly guard: Guard;
  readonly ends: Ends;
  readonly log: (line: string) => void;
  readonly authorizing: boolean;
}

async function start(run: Run): Promise<LocalStack> {
  const { octet, directory, guard, ends, log } = run;
  const { runId } = guard;
  const { aws, temporal, zooKeeper } = await startServers(run);
  const launcher = startLauncher({
    ...aws,
    octet,
    directory: join(directory, 'brokers'),
    guard,
    log,
  });
  ends.add(() => launcher.stop());
  const network = await createNetwork(aws, octet);
  const zone = await createZone(aws, network.vpcId);
  const hostsFile = join(directory, 'hosts');
  const names = await startNamesService({
    route53: aws.route53,
    octet,
    hostsFile,
    loadBalancers: () => launcher.loadBalancers(),
    log,
  });
  ends.add(() => names.stop());
  const environment = runEnvironment({
    runId,
    directory,
    awsEndpoint: aws.endpoint,
    temporalAddress: temporal.address,
    resolver: names.resolver,
  });
  let workers = 0;
  return {
    runId,
    directory,
    awsEndpoint: aws.endpoint,
    temporal: { address: temporal.address, webUi: temporal.webUi },
    dns: { resolver: names.resolver, authority: names.authority },
    network,
    zone,
    zooKeeper: zooKeeper.connect,
    hostsFile,
    environment,
    createCluster: request => createClusterStack(aws, request, { network, zooKeeper: zooKeeper.connect }),
    pointRecord: (name, target, ttlSeconds) => pointRecord({ aws, zone, names }, name, target, ttlSeconds),
    startWorker: async extra => {
      workers += 1;
      const logFile = join(directory, workers === 1 ? 'worker.log' : `worker-${workers}.log`);
      const worker = await startWorkerProgram({
        environment: { ...environment, ...extra },
        guard,
        directory,
        logFile,
      });
      ends.add(() => worker.end(0));
      return worker;
    },
    spawnNode: (script, args, extra) => {
      const logFile = join(directory, `${basename(script, extname(script))}.log`);
      const child = { environment: { ...environment, ...extra }, guard, directory, logFile };
      return spawnNodeProgram(script, args, child);
    },
    runKafkaTool: (version, mainClass, args) => runKafkaTool({ version, mainClass, args, hostsFile, directory, guard }),
    stop: () => ends.run(),
  };
}

async function startServers({ octet, directory, guard, ends, log, authorizing }: Run): Promise<{
  readonly aws: LocalAws;
  readonly temporal: TemporalServer;
  readonly zooKeeper: ZooKeeper;
}> {
  const host = (last: number) => `127.${octet}.0.${last}`;
  const watch = (name: string, { exited, logFile }: Program) => {
    void exited.then(how => {
      if (!ends.begun) log(`${name} ended (${how}); this run cannot go on. Its log is ${logFile}`);
    });
  };
  const starts = [
    startEmulator({
      host: host(4),
      port: EMULATOR_PORT,
      directory: join(directory, 'emulator'),
      environment: { [RUN_VARIABLE]: guard.runId, ...(authorizing && { AUTH: 'true' }) },
    }).then(emulator => {
      ends.add(() => emulator.stop());
      const aws = localAws(emulator.endpoint);
      ends.add(async () => closeAws(aws));
      return aws;
    }),
    startTemporal({ directory, guard, log }).then(temporal => {
      ends.add(() => temporal.end());
      return temporal;
    }),
    startZooKeeper({ host: host(6), directory: join(directory, 'zookeeper'), guard }).then(zooKeeper => {
      ends.add(() => zooKeeper.process.end(0));
      watch('ZooKeeper', zooKeeper.process);
      return zooKeeper;
    }),
  ] as const;
  await Promise.allSettled(starts);
  const [aws, temporal, zooKeeper] = await Promise.all(starts);
  return { aws, temporal, zooKeeper };
}

async function pointRecord(
  { aws, zone, names }: { aws: LocalAws; zone: HostedZone; names: NamesService },
  name: string,
  target: string,
  ttlSeconds: number,
): Promise<void> {
  await putRecord(aws, zone.id, {
    Name: name,
    Type: 'CNAME',
    TTL: ttlSeconds,
    ResourceRecords: [{ Value: target }],
  });
  await names.untilServed(name, target);
}

/** What has to be done at the end: the last first, all of it, and once. */
class Ends {
  readonly #ends: (() => Promise<void>)[] = [];
  #done: Promise<void> | undefined;

  get begun(): boolean {
    return this.#done !== undefined;
  }

  add(end: () => Promise<void>): void {
    this.#ends.push(end);
  }

  run(): Promise<void> {
    this.#done ??= this.#runAll();
    return this.#done;
  }

  async #runAll(): Promise<void> {
    const troubles: unknown[] = [];
    for (let end = this.#ends.pop(); end !== undefined; end = this.#ends.pop()) {
      await end().catch((error: unknown) => troubles.push(error));
    }
    if (troubles.length > 0) throw new AggregateError(troubles, 'Not everything of the run could be ended.');
  }
}
