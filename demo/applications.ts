/** The house before the deployment: blue from the template, the name that points at it, topics, and applications that use them. */
import { extname, join } from 'node:path';
import type { LocalStack } from '../local/stack.ts';
import { resolveBootstrap } from './names.ts';
import type { Observers } from './observers.ts';
import { BLUE, READ_RECORD, RECORD, RECORD_TTL_SECONDS } from './request.ts';
import type { ClientKind } from './traffic/client-kind.ts';
import { createTopics } from './traffic/create-topics.ts';
import { Fleet } from './traffic/fleet.ts';
import { DEMO_APPLICATIONS } from './traffic/shapes.ts';

export interface Blue {
  /** Name and port of the load balancer. */
  readonly bootstrap: string;
}

/** Clients with a timer read from a name of their own, which moves last. */
export async function buildBlue(local: LocalStack, clients: ClientKind): Promise<Blue> {
  const { outputs } = await local.createCluster(BLUE);
  const bootstrap = outputs['BootstrapServers'];
  const dnsName = outputs['BootstrapDnsName'];
  if (bootstrap === undefined || dnsName === undefined)
    throw new Error(`Stack ${BLUE.stack} lacks the outputs BootstrapServers and BootstrapDnsName.`);
  await local.pointRecord(RECORD, dnsName, RECORD_TTL_SECONDS);
  if (clients === 'timer') await local.pointRecord(READ_RECORD, dnsName, RECORD_TTL_SECONDS);
  const [address] = await resolveBootstrap(bootstrap, local.dns.resolver);
  await createTopics(`${address?.host}:${address?.port}`, DEMO_APPLICATIONS);
  return { bootstrap };
}

export async function startTraffic(local: LocalStack, observers: Observers, clients: ClientKind): Promise<Fleet> {
  return Fleet.start({
    journal: observers.journal,
    applications: DEMO_APPLICATIONS,
    clients,
    record: RECORD,
    readRecord: clients === 'timer' ? READ_RECORD : RECORD,
    listenOn: `127.${local.network.octet}.0.8`,
    spawn: (program, args) => local.spawnNode(programFile(program), args),
  });
}

/** A program of the demo, source or built as this file is. */
function programFile(program: string): string {
  return join(import.meta.dirname, program + extname(import.meta.filename));
}
