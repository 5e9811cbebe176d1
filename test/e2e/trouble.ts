/** What goes wrong around a deployment, done to it: brokers that die, records that somebody changes, evidence that is not there. */
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DescribeInstancesCommand, StartInstancesCommand, StopInstancesCommand } from '@aws-sdk/client-ec2';
import { ChangeResourceRecordSetsCommand, type ResourceRecordSet } from '@aws-sdk/client-route-53';
import type { LocalStack } from '../../local/stack.ts';
import { until } from '../../local/until.ts';
import type { Eyes } from './eyes.ts';

/** Addresses of the stack's brokers, as the cluster lists them now. */
export function brokersOf(eyes: Eyes, stack: string): Promise<readonly string[]> {
  return eyes.admin(stack, async admin => {
    const { brokers } = await admin.describeCluster();
    return brokers.map(({ host }) => host).toSorted();
  });
}

/** Ends the broker's process as a fault of its machine would, which starts it again a second later. */
export async function killBroker(local: LocalStack, host: string): Promise<void> {
  const machines = join(local.directory, 'brokers');
  for (const name of await readdir(machines)) {
    const properties = join(machines, name, 'server.properties');
    const text = await readFile(properties, 'utf8').catch(() => '');
    if (!text.includes(`//${host}:`)) continue;
    const pid = await pidOf(properties);
    if (pid === null) continue;
    process.kill(pid, 'SIGKILL');
    return;
  }
  throw new Error(`No broker of this run listens at ${host}.`);
}

/** The process whose last argument this is. */
async function pidOf(argument: string): Promise<number | null> {
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    if (line.endsWith(`\0${argument}\0`)) return Number(name);
  }
  return null;
}

/** Switches a broker's instance off, and on again; returns when the cluster lists one broker fewer, or all of them. */
export async function switchInstance(eyes: Eyes, stack: string, host: string, power: 'on' | 'off'): Promise<void> {
  const { Reservations = [] } = await eyes.aws.ec2.send(new DescribeInstancesCommand({}));
  const instance = Reservations.flatMap(r => r.Instances ?? []).find(i => i.PrivateIpAddress === host);
  if (instance?.InstanceId === undefined) throw new Error(`No instance has the address ${host}.`);
  const InstanceIds = [instance.InstanceId];
  if (power === 'off') await eyes.aws.ec2.send(new StopInstancesCommand({ InstanceIds }));
  else await eyes.aws.ec2.send(new StartInstancesCommand({ InstanceIds }));
  await until(
    `the broker at ${host} is ${power}`,
    async () => (await brokersOf(eyes, stack)).includes(host) === (power === 'on'),
    { withinMs: 60_000 },
  );
}

/** Writes a record set over whatever is there, as somebody does who knows of no deployment; null deletes it. */
export async function overwriteRecord(
  { aws }: Eyes,
  { zone }: LocalStack,
  old: ResourceRecordSet,
  set: ResourceRecordSet | null,
): Promise<void> {
  const change =
    set === null
      ? ({ Action: 'DELETE', ResourceRecordSet: old } as const)
      : ({ Action: 'UPSERT', ResourceRecordSet: set } as const);
  await aws.route53.send(
    new ChangeResourceRecordSetsCommand({ HostedZoneId: zone.id, ChangeBatch: { Changes: [change] } }),
  );
}

/** The same signpost under an epoch that the run did not write: its clients go nowhere, and the run must not go on. */
export function laterEpoch(set: ResourceRecordSet): ResourceRecordSet {
  const later = (value: string) => value.replace(/epoch=(\d+)/, (_, epoch: string) => `epoch=${BigInt(epoch) + 1n}`);
  return { ...set, ResourceRecords: (set.ResourceRecords ?? []).map(({ Value = '' }) => ({ Value: later(Value) })) };
}

/** The evidence of a local run: taken away and brought back, a piece of it altered and restored. */
export class Evidence {
  readonly #directory: string;

  constructor(local: LocalStack) {
    this.#directory = join(local.directory, 'evidence');
  }

  async takeAway(): Promise<void> {
    await rename(this.#directory, `${this.#directory}.away`);
  }

  async bringBack(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
    await rename(`${this.#directory}.away`, this.#directory);
  }

  /** Changes one byte of the piece with this digest; answers how to undo it. */
  async alter(sha256: string): Promise<() => Promise<void>> {
    const path = join(this.#directory, sha256.slice(0, 2), sha256);
    const bytes = await readFile(path);
    const altered = Buffer.from(bytes);
    altered[0] = (altered[0] ?? 0) ^ 1;
    await writeFile(path, altered);
    return () => writeFile(path, bytes);
  }
}
