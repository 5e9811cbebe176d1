/**
 * A worker as a process of its own, to be killed: `worker-process.ts <address> <task queue> <slow step>`. The slow step takes ten
 * minutes; each step's name is written to standard output when it begins. Ends with its starter.
 */
import { NativeConnection } from '@temporalio/worker';
import { createWorker } from '../support/temporal.ts';
import { World } from './doubles.ts';
import { TimedActivities } from './timed.ts';

const [address, taskQueue, slow] = process.argv.slice(2);
if (address === undefined || taskQueue === undefined || slow === undefined)
  throw new Error('expected: <address> <task queue> <slow step>');

process.stdin.on('end', () => process.exit(0)).resume();
const timed = new TimedActivities(new World().doubles(), {
  takesMs: name => (name === slow ? 600_000 : 0),
  onStep: step => {
    if (step.what === 'began') process.stdout.write(`${step.name}\n`);
  },
});
const connection = await NativeConnection.connect({ address });
const worker = await createWorker(connection, taskQueue, timed.activities);
await worker.run();
