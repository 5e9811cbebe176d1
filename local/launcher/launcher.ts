/** What AWS does behind its API: instances run, load balancers carry traffic, both as the API says now. */
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Guard } from '../guard.ts';
import { repeat } from '../repeat.ts';
import { LoadBalancers } from './load-balancers.ts';
import { Machines } from './machines.ts';

const PAUSE_MS = 250;

export interface LauncherOptions {
  readonly ec2: EC2Client;
  readonly elb: ElasticLoadBalancingV2Client;
  /** The cloud's own address. */
  readonly endpoint: string;
  readonly octet: number;
  readonly directory: string;
  readonly guard: Guard;
  readonly log: (line: string) => void;
}

export interface Launcher {
  /** Addresses of the load balancers that exist, by their DNS names. */
  loadBalancers(): ReadonlyMap<string, string>;
  /** Ends every broker, with its disk, and every connection. */
  stop(): Promise<void>;
}

export function startLauncher({ ec2, elb, endpoint, octet, directory, guard, log }: LauncherOptions): Launcher {
  const machines = new Machines({ ec2, endpoint, directory, guard, log });
  const balancers = new LoadBalancers({ elb, network: `127.${octet}.200`, machines, log });
  const instances = repeat(PAUSE_MS, () => machines.follow(), log);
  const traffic = repeat(PAUSE_MS, () => balancers.follow(), log);
  return {
    loadBalancers: () => balancers.addresses(),
    stop: async () => {
      await Promise.all([instances.stop(), traffic.stop()]);
      await Promise.all([machines.stop(), balancers.stop()]);
    },
  };
}
