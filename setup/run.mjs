// @ts-check
// Commands that set-up runs: under the guard, in a session of their own so that a Ctrl-C reaches them exactly once, through us.
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { inSetup, root, toolsBin } from './paths.mjs';
import { Interrupted, Trouble } from './trouble.mjs';

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
/** @type {NodeJS.Signals | null} */
let stoppedBy = null;

/** Passes Ctrl-C, SIGTERM and SIGHUP on to what runs; from then on nothing new is started. */
export function passSignalsOn() {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => stop(signal));
  }
}

/** @param {NodeJS.Signals} signal */
export function stop(signal) {
  stoppedBy = signal;
  for (const child of running) child.kill(signal);
}

/** Throws when the user asked to stop. */
export function throwIfStopped() {
  if (stoppedBy !== null) throw new Interrupted(stoppedBy);
}

/**
 * Starts a command that ends with this process, whatever ends this process.
 * @param {'group' | 'child'} mode whom a signal reaches first: see guard.mjs
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, stdio?: 'inherit' | 'pipe' }} [options]
 */
export function startGuarded(mode, command, args, { env = childEnvironment(), stdio = 'pipe' } = {}) {
  throwIfStopped();
  const child = spawn(process.execPath, [inSetup('guard.mjs'), mode, command, ...args], {
    cwd: root,
    env,
    detached: true,
    stdio: [stdio === 'inherit' ? 'inherit' : 'ignore', stdio, stdio, 'pipe'],
  });
  running.add(child);
  child.on('close', () => running.delete(child));
  return child;
}

/**
 * Exit code of a guarded child; a signal counts as 128 and its number, as shells do.
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number>}
 */
export function exitOf(child) {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => resolve(code ?? 1));
  });
}

/** The environment of what we start: ours, with the brought tools first in PATH. */
export function childEnvironment() {
  const path = (process.env['PATH'] ?? '').split(':').filter(entry => entry !== toolsBin);
  return { ...process.env, PATH: [toolsBin, ...path].join(':') };
}

/**
 * Runs a command to its end and gives its whole output back, whatever its exit code.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function capture(command, args, env = childEnvironment()) {
  const child = startGuarded('group', command, args, { env });
  let output = '';
  const collect = (/** @type {Buffer} */ chunk) => {
    output += chunk;
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  const code = await exitOf(child);
  throwIfStopped();
  return { code, output };
}

/**
 * Runs a command that must succeed; its output goes to the log, whose end is shown when it fails.
 * @param {string} log file, started anew by `freshLog`
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function must(log, command, args, env) {
  const { code, output } = await capture(command, args, env);
  appendFileSync(log, `$ ${command} ${args.join(' ')}\n${output}\n`);
  if (code === 0) return output;
  const tail = output.trim().split('\n').slice(-12).join('\n  ');
  throw new Trouble(`${command} ended with ${code}:\n  ${tail}\n  The whole output is in ${relative(root, log)}.`);
}

/** @param {string} log file to begin, its folder made */
export function freshLog(log) {
  mkdirSync(dirname(log), { recursive: true });
  writeFileSync(log, '');
  return log;
}
