/** Every load balancer of the cloud as an address of its own in the run's network, with its listeners open there. */
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { type LoadBalancerView, readLoadBalancers } from './cloud-view.ts';
import { Listener, type Target } from './load-balancer.ts';
import type { Machines } from './machines.ts';

const LAST_HOST = 254;

export interface LoadBalancersOptions {
  readonly elb: ElasticLoadBalancingV2Client;
  /** The first three octets of every address: load balancers are 1, 2, 3 … in it. */
  readonly network: string;
  readonly machines: Machines;
  readonly log: (line: string) => void;
}

interface Known {
  readonly dnsName: string;
  readonly address: string;
  readonly listeners: Map<number, Listener>;
}

export class LoadBalancers {
  readonly #options: LoadBalancersOptions;
  readonly #known = new Map<string, Known>();
  /** The host part that was given last: an address is not given again soon, as old clients may still knock. */
  #lastHost = 0;

  constructor(options: LoadBalancersOptions) {
    this.#options = options;
  }

  /** Address by name. */
  addresses(): ReadonlyMap<string, string> {
    return new Map([...this.#known.values()].map(({ dnsName, address }) => [dnsName, address]));
  }

  async follow(): Promise<void> {
    const views = await readLoadBalancers(this.#options.elb);
    for (const arn of this.#known.keys()) if (!views.some(view => view.arn === arn)) await this.#close(arn);
    for (const view of views) await this.#open(view);
  }

  async stop(): Promise<void> {
    for (const arn of this.#known.keys()) await this.#close(arn);
  }

  async #open({ arn, dnsName, listeners }: LoadBalancerView): Promise<void> {
    const known = this.#known.get(arn) ?? { dnsName, address: this.#freeAddress(), listeners: new Map() };
    this.#known.set(arn, known);
    for (const [port, listener] of known.listeners) {
      if (listeners.some(view => view.port === port)) continue;
      known.listeners.delete(port);
      await listener.close();
    }
    for (const { port, targets } of listeners) {
      let listener = known.listeners.get(port);
      if (listener === undefined) {
        listener = await Listener.open(known.address, port);
        known.listeners.set(port, listener);
        this.#options.log(`${dnsName}:${port} listens at ${known.address}`);
      }
      listener.follow(targets.flatMap(({ instanceId, port: targetPort }) => this.#target(instanceId, targetPort)));
    }
  }

  #target(id: string, port: number): Target[] {
    const machine = this.#options.machines.find(id);
    return machine === undefined ? [] : [{ id, host: machine.address, port, healthy: machine.healthy }];
  }

  async #close(arn: string): Promise<void> {
    const known = this.#known.get(arn);
    this.#known.delete(arn);
    for (const listener of known?.listeners.values() ?? []) await listener.close();
    if (known !== undefined) this.#options.log(`${known.dnsName} is gone`);
  }

  #freeAddress(): string {
    const taken = new Set([...this.#known.values()].map(({ address }) => address));
    for (let step = 0; step < LAST_HOST; step++) {
      this.#lastHost = (this.#lastHost % LAST_HOST) + 1;
      const address = `${this.#options.network}.${this.#lastHost}`;
      if (!taken.has(address)) return address;
    }
    throw new Error(
      `There are ${LAST_HOST} load balancers already; ${this.#options.network}.0/24 has no address left.`,
    );
  }
}
