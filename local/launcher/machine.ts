/**
 * One instance as a machine: its broker runs while it is powered on, is started again when it dies, as a service manager
 * would, and finds its disk again after a stop. Only before it first served is a death final: then its stack is told why.
 */
import { readFile, rm } from 'node:fs/promises';
import { startBroker } from '../broker.ts';
import { type BrokerMetadata, CLIENT_PORT } from '../broker-properties.ts';
import type { Guard } from '../guard.ts';
import type { KraftStorage } from '../kraft-storage.ts';
import { probeMetadata } from '../metadata-probe.ts';
import type { Program } from '../process.ts';
import { deathCause } from './death-cause.ts';
import { type Readiness, signalReadiness } from './readiness-signal.ts';
import type { BrokerBoot } from './user-data.ts';

/** As long as a service manager lets a broker hand over its partitions; the last ones of a cluster have nobody to. */
const STOP_GRACE_MS = 5_000;
const RESTART_AFTER_MS = 1_000;
const REPLICAS = 3;

export interface MachineOptions {
  readonly boot: BrokerBoot;
  /** Its disk, configuration and log. */
  readonly directory: string;
  readonly guard: Guard;
  readonly storage: KraftStorage;
  readonly log: (line: string) => void;
}

type State =
  | { readonly kind: 'off' }
  | { readonly kind: 'running'; readonly program: Program }
  /** Its broker died; it is started again then. */
  | { readonly kind: 'resting'; readonly untilMs: number }
  /** Its broker never served, and its stack knows. */
  | { readonly kind: 'failed' };

export class Machine {
  readonly #options: MachineOptions;
  #state: State = { kind: 'off' };
  #told: 'nothing' | 'readiness' = 'nothing';
  #round: Promise<void> | undefined;

  constructor(options: MachineOptions) {
    this.#options = options;
  }

  get address(): string {
    return this.#options.boot.address;
  }

  get name(): string {
    const { clusterName, brokerId } = this.#options.boot;
    return `${clusterName} broker ${brokerId}`;
  }

  /** Takes the next step towards `power`, unless one is being taken. */
  follow(power: 'on' | 'off'): void {
    this.#round ??= this.#step(power)
      .catch((error: unknown) => this.#options.log(`${this.name}: ${String(error)}`))
      .finally(() => {
        this.#round = undefined;
      });
  }

  /** Ends its broker and forgets its disk. */
  async terminate(): Promise<void> {
    await this.#round;
    if (this.#state.kind === 'running') await this.#state.program.end(0);
    this.#state = { kind: 'off' };
    await rm(this.#options.directory, { recursive: true, force: true, maxRetries: 3 });
  }

  async #step(power: 'on' | 'off'): Promise<void> {
    const state = this.#state;
    if (power === 'off') {
      if (state.kind === 'running') await state.program.end(STOP_GRACE_MS);
      if (state.kind !== 'off') this.#options.log(`${this.name} is off`);
      this.#state = { kind: 'off' };
      return;
    }
    if (state.kind === 'off' || (state.kind === 'resting' && Date.now() >= state.untilMs)) await this.#start();
    if (state.kind === 'running') await this.#look(state.program);
  }

  async #start(): Promise<void> {
    const { boot, directory, guard, storage } = this.#options;
    const { kafkaVersion: version, brokerId: id, address, rackId } = boot;
    const settings = { version, id, address, rackId, replicas: REPLICAS, metadata: metadataOf(boot) } as const;
    try {
      this.#state = { kind: 'running', program: await startBroker({ settings, directory, guard, storage }) };
      this.#options.log(`${this.name} starts at ${address}, Kafka ${version}`);
    } catch (error) {
      await this.#died(error instanceof Error ? error.message : String(error));
    }
  }

  async #look(program: Program): Promise<void> {
    const { boot } = this.#options;
    if (!program.running()) {
      await this.#died(`Kafka ended (${await program.exited}): ${deathCause(await readFile(program.logFile, 'utf8'))}`);
      return;
    }
    if (this.#told === 'readiness') return;
    const answer = await probeMetadata(boot.address, CLIENT_PORT);
    if (answer?.brokerIds.includes(boot.brokerId)) await this.#tell({ kind: 'serving' });
  }

  async #died(reason: string): Promise<void> {
    this.#options.log(`${this.name}: ${reason}`);
    if (this.#told === 'readiness') {
      this.#state = { kind: 'resting', untilMs: Date.now() + RESTART_AFTER_MS };
      return;
    }
    await this.#tell({ kind: 'failed', reason });
    this.#state = { kind: 'failed' };
  }

  async #tell(readiness: Readiness): Promise<void> {
    const { signalUrl, brokerId } = this.#options.boot;
    const heard = await signalReadiness(signalUrl, brokerId, readiness);
    this.#told = 'readiness';
    if (heard === 'refused') this.#options.log(`${this.name}: its stack no longer waits for it`);
    else if (readiness.kind === 'serving') this.#options.log(`${this.name} serves`);
  }
}

function metadataOf(boot: BrokerBoot): BrokerMetadata {
  return boot.metadataMode === 'kraft'
    ? { kind: 'kraft', clusterId: boot.clusterId, controllers: boot.controllers }
    : { kind: 'zookeeper', connect: boot.zooKeeperConnect };
}
