/**
 * What a person uses of a run, in the run's own folder: `env` for a shell, with the commands on its PATH, `hosts`, `request.json`, and `where.txt`. The
 * same names directly below `.local` are links to the newest run.
 */
import { mkdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { awsEnvironment } from './aws-clients.ts';
import { HOUSE, houseRequest } from './house.ts';
import { projectRoot } from './project-root.ts';
import { localFolder } from './run-directory.ts';
import type { LocalStack } from './stack.ts';

const LINKED = ['env', 'hosts', 'request.json'] as const;
const WHERE = 'where.txt';
const BIN = 'bin';
const COMMAND = `#!/bin/sh\nexec node ${quoted(join(projectRoot(), 'dist/client/main.js'))} "$@"\n`;

/** Returns what to print. */
export async function writeRunFiles(local: LocalStack): Promise<string> {
  const where = whereIsWhat(local);
  await writeFile(join(local.directory, 'env'), shellExports(local));
  await mkdir(join(local.directory, BIN));
  await writeFile(join(local.directory, BIN, 'kafka-bluegreen'), COMMAND, { mode: 0o755 });
  await writeFile(join(local.directory, 'request.json'), `${JSON.stringify(houseRequest(), null, 2)}\n`);
  await writeFile(join(local.directory, WHERE), where);
  for (const name of LINKED) {
    const next = join(localFolder(), `${name}.${basename(local.directory)}`);
    await symlink(join(local.directory, name), next);
    await rename(next, join(localFolder(), name));
  }
  return where;
}

/** Removes the links that still lead to this run. */
export async function removeRunLinks(directory: string): Promise<void> {
  for (const name of LINKED) {
    const link = join(localFolder(), name);
    const target = await readlink(link).catch(() => undefined);
    if (target === join(directory, name)) await rm(link, { force: true });
  }
}

/** What was printed when the run was ready; undefined before. */
export function readWhere(directory: string): Promise<string | undefined> {
  return readFile(join(directory, WHERE), 'utf8').catch(() => undefined);
}

function shellExports({ awsEndpoint, directory, temporal }: LocalStack): string {
  const values = { ...awsEnvironment(awsEndpoint), TEMPORAL_ADDRESS: temporal.address };
  const exports = Object.entries(values).map(([name, value]) => `export ${name}=${quoted(value)}`);
  const folders = [join(directory, BIN), join(projectRoot(), '.tools/bin')];
  const path = `export PATH=${folders.map(quoted).join(':')}:"$PATH"`;
  return `${[...exports, path, 'unset AWS_PROFILE AWS_SESSION_TOKEN'].join('\n')}\n`;
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

function whereIsWhat({ runId, directory, awsEndpoint, temporal, dns, network, zooKeeper, zone }: LocalStack): string {
  const [host = '', port = ''] = dns.resolver.split(':');
  return `
Run ${runId} (ends with Ctrl-C; nothing of it stays)
  Web UI      ${temporal.webUi}
  Temporal    ${temporal.address}
  AWS         ${awsEndpoint}
  DNS         ${dns.resolver} (behind it ${dns.authority}), zone ${zone.name}
  ZooKeeper   ${zooKeeper}
  brokers     127.${network.octet}.{16,32,48}.*:9092, load balancers 127.${network.octet}.200.*:9092
  blue        stack ${HOUSE.blue.stack}, Kafka ${HOUSE.blue.kafkaVersion}, known as ${HOUSE.record}
  logs        ${directory}

In another shell, from this folder:
  . .local/env
  kafka-bluegreen plan .local/request.json
  kafka-bluegreen start .local/request.json --wait --until waiting
  kafka-bluegreen approve ${HOUSE.cluster} --gate flip
  kafka-bluegreen watch ${HOUSE.cluster} --until waiting
  dig +noall +answer @${host} -p ${port} ${HOUSE.record}
`;
}
