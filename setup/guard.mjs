// @ts-check
// Runs one command and never lets it outlive its starter: `node guard.mjs group|child <command> [args…]`. Descriptor 3 is a pipe whose
// other end the starter holds; when it closes, however the starter died, the command is ended. `group` ends the command and all it
// started at once; `child` asks only the command itself, which has a house of its own to put in order, before it ends the rest.
import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { constants } from 'node:os';

const graceMs = 15_000;
const [mode, command = '', ...args] = process.argv.slice(2);

const child = spawn(command, args, { stdio: 'inherit', detached: true });

/** @param {NodeJS.Signals} signal @param {boolean} everything */
function send(signal, everything) {
  if (child.pid === undefined) return;
  try {
    process.kill(everything ? -child.pid : child.pid, signal);
  } catch {
    // Already gone, which is what was wanted.
  }
}

/** @param {NodeJS.Signals} signal */
function end(signal) {
  send(signal, mode === 'group');
  if (mode === 'group') setTimeout(send, graceMs, 'SIGKILL', true).unref();
}

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => end(signal));

const lifeline = new Socket({ fd: 3, readable: true, writable: false });
lifeline.on('error', () => {});
lifeline.on('close', () => {
  end('SIGTERM');
  setTimeout(send, graceMs, 'SIGKILL', true).unref();
});
lifeline.resume();
lifeline.unref();

child.on('error', error => {
  console.error(`${command} could not be started: ${error.message}`);
  process.exit(127);
});
child.on('exit', (code, signal) => {
  if (mode === 'group') send('SIGKILL', true);
  process.exit(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
});
