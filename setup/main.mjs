// @ts-check
// Behind every npm script: brings what the task needs and is missing, then runs the task with the brought Node. Depends on nothing but
// Node 20, because it runs before anything is there.
import { constants } from 'node:os';
import { endWithNpm } from './npm-watch.mjs';
import { Progress } from './progress.mjs';
import { passSignalsOn } from './run.mjs';
import { bringFor, tasks } from './tasks.mjs';
import { Interrupted, Trouble } from './trouble.mjs';

const [name = 'setup', ...args] = process.argv.slice(2);
const task = tasks[name];
if (task === undefined) {
  console.error(`There is no task "${name}". Tasks: ${Object.keys(tasks).join(', ')}.`);
  process.exit(2);
}

passSignalsOn();
endWithNpm();
const progress = new Progress(process.stdout);
try {
  process.exitCode = await task.run(args, needs => bringFor(needs, progress));
} catch (error) {
  if (error instanceof Interrupted) {
    console.error('\nStopped. What is done stays done: the same command goes on from here.');
    process.exitCode = 128 + constants.signals[error.signal];
  } else if (error instanceof Trouble) {
    console.error(`\n${error.message}`);
    process.exitCode = 1;
  } else throw error;
}
