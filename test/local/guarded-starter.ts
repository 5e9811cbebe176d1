/** A process that starts things under its guard, says the run's id, and then only waits: the victim of guard.server.test.ts. */
import { join } from 'node:path';
import { startKafkaCluster } from '../../local/cluster.ts';
import { guardOfThisProcess } from '../../local/guard.ts';
import { startProgram } from '../../local/process.ts';

const [directory = '.'] = process.argv.slice(2);
const guard = guardOfThisProcess();
const cluster = await startKafkaCluster({ version: '3.9.2', metadataMode: 'zookeeper', brokers: 1, directory });
await startProgram({
  command: '/bin/sh',
  // A program that ignores requests to end, with a child of its own that its parent forgets.
  args: ['-c', "trap '' TERM INT HUP; (sleep 600 &); while :; do sleep 60; done"],
  guard,
  directory,
  logFile: join(directory, 'stubborn.log'),
});
console.log(JSON.stringify({ runId: guard.runId, octet: Number(cluster.bootstrap.split('.')[1]) }));
setInterval(() => {}, 60_000);
