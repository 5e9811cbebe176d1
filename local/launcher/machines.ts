/** Every instance that carries a broker's user data, as a machine with its health; what the cloud terminated is no more. */
import { join } from 'node:path';
import type { EC2Client } from '@aws-sdk/client-ec2';
import { CLIENT_PORT } from '../broker-properties.ts';
import type { Guard } from '../guard.ts';
import { KraftStorage } from '../kraft-storage.ts';
import { type InstanceView, readBoot, readInstances } from './cloud-view.ts';
import { Machine } from './machine.ts';
import { afterCheck, described, type Health } from './target-health.ts';
import { acceptsConnections } from './tcp-check.ts';

export interface MachinesOptions {
  readonly ec2: EC2Client;
  readonly endpoint: string;
  /** One folder an instance goes below it. */
  readonly directory: string;
  readonly guard: Guard;
  readonly log: (line: string) => void;
}

interface Known {
  readonly machine: Machine;
  /** Of an instance that is switched off, nobody asks. */
  health: Health;
}

export class Machines {
  readonly #options: MachinesOptions;
  readonly #storage: KraftStorage;
  readonly #known = new Map<string, Known>();
  /** Instances whose user data is not a broker's. */
  readonly #others = new Set<string>();
  /** The kind of health that the cloud was last told of. */
  readonly #reported = new Map<string, string>();

  constructor(options: MachinesOptions) {
    this.#options = options;
    this.#storage = new KraftStorage(join(options.directory, 'formatted'), options.guard);
  }

  /** Undefined when no machine has this id. */
  find(instanceId: string): { readonly address: string; readonly healthy: boolean } | undefined {
    const known = this.#known.get(instanceId);
    return known && { address: known.machine.address, healthy: known.health.kind === 'healthy' };
  }

  /** One look at the cloud, one step of every machine, one health check. */
  async follow(): Promise<void> {
    const views = await readInstances(this.#options.ec2);
    for (const view of views) if (view.power === 'on') await this.#meet(view);
    for (const [id, { machine }] of this.#known) {
      const power = views.find(view => view.id === id)?.power ?? 'gone';
      if (power === 'gone') await this.#forget(id);
      else machine.follow(power);
    }
    await this.#check(views);
    await this.#report();
  }

  /** Ends every machine, with its disk. */
  async stop(): Promise<void> {
    await Promise.all([...this.#known.values()].map(({ machine }) => machine.terminate()));
  }

  async #meet({ id }: InstanceView): Promise<void> {
    if (this.#known.has(id) || this.#others.has(id)) return;
    const { ec2, directory, guard, log } = this.#options;
    const userData = await readBoot(ec2, id);
    if (userData.kind === 'broker') {
      const options = { boot: userData.boot, directory: join(directory, id), guard, storage: this.#storage, log };
      this.#known.set(id, { machine: new Machine(options), health: { kind: 'initial' } });
      return;
    }
    this.#others.add(id);
    if (userData.kind === 'malformed') log(`The user data of ${id} cannot be booted from. ${userData.reason}`);
  }

  async #forget(id: string): Promise<void> {
    const known = this.#known.get(id);
    this.#known.delete(id);
    this.#reported.delete(id);
    await known?.machine.terminate();
    if (known !== undefined) this.#options.log(`${known.machine.name} is terminated`);
  }

  async #check(views: readonly InstanceView[]): Promise<void> {
    const on = new Set(views.flatMap(({ id, power }) => (power === 'on' ? [id] : [])));
    await Promise.all(
      [...this.#known].map(async ([id, known]) => {
        if (on.has(id)) {
          known.health = afterCheck(known.health, await acceptsConnections(known.machine.address, CLIENT_PORT));
        } else {
          known.health = { kind: 'initial' };
          this.#reported.delete(id);
        }
      }),
    );
  }

  async #report(): Promise<void> {
    const news = [...this.#known].filter(([id, { health }]) => this.#reported.get(id) !== health.kind);
    if (news.length === 0) return;
    const body = JSON.stringify(Object.fromEntries(news.map(([id, { health }]) => [id, described(health)])));
    const response = await fetch(`${this.#options.endpoint}/_emulator/target-health`, { method: 'POST', body });
    if (!response.ok) throw new Error(`The cloud did not take the health of targets: ${await response.text()}`);
    for (const [id, { health }] of news) this.#reported.set(id, health.kind);
  }
}
