// @ts-check
// A part is there when its stamp says exactly what is wanted, and the stamp is written, in one step, only after the part was verified.
// So what was interrupted is made again, and what is done is never made twice.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from './lock.mjs';
import { tools } from './paths.mjs';
import { throwIfStopped } from './run.mjs';
import { Interrupted, inWords, Trouble } from './trouble.mjs';

/**
 * @typedef {object} Part
 * @property {string} name
 * @property {string} what for a person, in a few words
 * @property {readonly string[]} after names of parts that must be there first
 * @property {() => unknown} wanted plain JSON: what the stamp must say
 * @property {() => boolean} present whether what the stamp speaks of still exists; a glance, no proof
 * @property {() => Promise<string | void>} make makes and verifies; may return a note for the person
 */

const stamps = join(tools, 'stamps');

/** @param {string} name */
const stampFile = name => join(stamps, `${name}.json`);

/** @param {string} name @returns {unknown} what the stamp says, undefined when there is none */
export function readStamp(name) {
  try {
    return JSON.parse(readFileSync(stampFile(name), 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {string} name @param {unknown} value */
function writeStamp(name, value) {
  const draft = `${stampFile(name)}.${process.pid}`;
  mkdirSync(stamps, { recursive: true });
  writeFileSync(draft, JSON.stringify(value));
  renameSync(draft, stampFile(name));
}

/** @param {Part} part */
const isThere = part => JSON.stringify(readStamp(part.name)) === JSON.stringify(part.wanted()) && part.present();

/**
 * The named parts and all they stand on, in an order in which they can be made.
 * @param {readonly Part[]} all @param {readonly string[]} names
 */
export function withFoundations(all, names) {
  /** @type {Set<Part>} */
  const chosen = new Set();
  const add = (/** @type {string} */ name) => {
    const part = all.find(candidate => candidate.name === name);
    if (part === undefined) throw new Error(`no part is called ${name}`);
    for (const below of part.after) add(below);
    chosen.add(part);
  };
  names.forEach(add);
  return [...chosen];
}

/**
 * Brings what is missing of these parts, several at a time, one set-up at a time.
 * @param {readonly Part[]} parts in an order in which they can be made
 * @param {{ progress: import('./progress.mjs').Progress, prepare: () => Promise<void> }} options `prepare` is called once, before the
 *   first part is made, and may refuse
 */
export async function bring(parts, { progress, prepare }) {
  if (parts.every(isThere)) return;
  mkdirSync(tools, { recursive: true });
  const release = await takeLock(join(tools, 'setup.lock'), {
    waiting: pid => progress.say(`Another set-up of this folder is at work (process ${pid}); waiting for it.`),
    check: throwIfStopped,
  });
  try {
    if (parts.every(isThere)) return;
    await prepare();
    await makeAll(parts, progress);
  } finally {
    progress.close();
    release();
  }
}

/** @param {readonly Part[]} parts @param {import('./progress.mjs').Progress} progress */
async function makeAll(parts, progress) {
  /** @type {Map<string, Promise<boolean>>} */
  const outcomes = new Map();
  /** @type {string[]} */
  const troubles = [];
  for (const part of parts) {
    const foundations = part.after.map(name => outcomes.get(name) ?? Promise.resolve(true));
    outcomes.set(part.name, makeOne(part, foundations, progress, troubles));
  }
  await Promise.all(outcomes.values());
  throwIfStopped();
  if (troubles.length > 0) throw new Trouble(troubles.join('\n'));
}

/**
 * @param {Part} part @param {readonly Promise<boolean>[]} foundations @param {import('./progress.mjs').Progress} progress
 * @param {string[]} troubles
 */
async function makeOne(part, foundations, progress, troubles) {
  const ready = (await Promise.all(foundations)).every(Boolean);
  if (!ready) return false;
  if (isThere(part)) return true;
  try {
    throwIfStopped();
    progress.start(part.name, part.what);
    rmSync(stampFile(part.name), { force: true });
    const note = await part.make();
    throwIfStopped();
    writeStamp(part.name, part.wanted());
    progress.end(part.name, note ?? 'done');
    return true;
  } catch (error) {
    const stopped = error instanceof Interrupted;
    progress.end(part.name, stopped ? 'stopped' : 'failed');
    if (!stopped) troubles.push(`${part.name}: ${inWords(error)}`);
    return false;
  }
}
