// @ts-check
// One set-up at a time in a folder. The lock names its holder, by process id and start time, and a lock whose holder died is taken over,
// so a killed set-up blocks nobody.
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** @typedef {{ pid: number, started: string, token: string }} Holder */

/**
 * Takes the lock, waiting for a living holder.
 * @param {string} file
 * @param {{ waiting?: (pid: number) => void, check?: () => void, pollMs?: number }} [options] `waiting` is told once per holder waited
 *   for; `check` may throw to give up
 * @returns {Promise<() => void>} gives the lock back
 */
export async function takeLock(file, { waiting = () => {}, check = () => {}, pollMs = 200 } = {}) {
  /** @type {Holder} */
  const me = { pid: process.pid, started: startOf(process.pid), token: randomUUID() };
  let told = '';
  for (;;) {
    check();
    if (create(file, me)) return () => release(file, me);
    const holder = read(file);
    if (holder === null) continue;
    if (lives(holder)) {
      if (told !== holder.token) waiting(holder.pid);
      told = holder.token;
      await wait(pollMs);
    } else takeAway(file, holder);
  }
}

/** The file appears with its whole content or not at all. @param {string} file @param {Holder} me */
function create(file, me) {
  const draft = `${file}.${me.token}`;
  writeFileSync(draft, JSON.stringify(me));
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** @param {string} file @returns {Holder | null} null when nobody holds it any more */
function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** @param {Holder} holder */
function lives(holder) {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
  return startOf(holder.pid) === holder.started;
}

/** Tells a process from a later one with the same id, where the system says; elsewhere the id alone must do. @param {number} pid */
function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** Removes a dead holder's lock; should a living one have taken it meanwhile, it gets it back. @param {string} file @param {Holder} dead */
function takeAway(file, dead) {
  const aside = `${file}.${dead.token}.dead`;
  try {
    renameSync(file, aside);
    if (read(aside)?.token !== dead.token) linkSync(aside, file);
  } catch {
    // Another waiter was first; the next look decides.
  } finally {
    rmSync(aside, { force: true });
  }
}

/** @param {string} file @param {Holder} me */
function release(file, me) {
  if (read(file)?.token === me.token) rmSync(file, { force: true });
}
