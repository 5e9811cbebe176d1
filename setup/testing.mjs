// @ts-check
// Runs test files with node:test, says what goes on, and counts.

import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { filesBelow } from './files.mjs';
import { inSetup, root, toolsBin } from './paths.mjs';
import { exitOf, startGuarded, throwIfStopped } from './run.mjs';
import { Trouble } from './trouble.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts `skipped` holds todo as well: neither showed anything */

/** Of one test: it must end some day, and a slow machine must not fail. */
const timeoutMs = { unit: 5 * 60_000, server: 8 * 60_000 };

/** Folders of server tests that run at a time: they wait most of the time, for leases, caches and elections. */
const SERVER_LANES = 2;

/** Begun first, so that it is not what is left in the end while the other lane has nothing to do. */
const LONGEST_FOLDER = 'test/e2e';

/** Of one run of node:test, which waits for ever for a file whose tests are over while something of it still goes on. */
const deadlineMs = { unit: 25 * 60_000, server: 15 * 60_000 };

const isServerTest = (/** @type {string} */ file) => file.endsWith('.server.test.ts');

/** @returns {{ unit: string[], server: string[] }} test files, relative to the root; `server` ones need real servers */
export function testFiles() {
  const all = filesBelow(join(root, 'test'), file => file.endsWith('.test.ts')).map(file => relative(root, file));
  return { unit: all.filter(file => !isServerTest(file)), server: all.filter(isServerTest) };
}

/**
 * The test files that a person means: a path, a part of one, or a pattern with `*`.
 * @param {readonly string[]} patterns @param {readonly string[]} files
 */
export function matching(patterns, files) {
  const tests = patterns.map(pattern => {
    const source = pattern
      .replace(/^\.\//, '')
      .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replace(/\*+/g, '.*');
    return { pattern, expression: new RegExp(source) };
  });
  for (const { pattern, expression } of tests) {
    if (!files.some(file => expression.test(file))) {
      throw new Trouble(`No test file matches "${pattern}". Test files are test/**/*.test.ts.`);
    }
  }
  return files.filter(file => tests.some(({ expression }) => expression.test(file)));
}

/**
 * Runs these files and shows one line a file, and every failure in full.
 * @param {'unit' | 'server'} kind server tests run one file of a folder at a time, each in a run of its own, so that what one leaves
 * behind ends with it
 * @param {readonly string[]} files @param {readonly string[]} [flags] for node
 * @param {{ endsWithinMs?: number, print?: (text: string) => void }} [options] how long a run may take, and who reads what it shows
 * @returns {Promise<Counts>}
 */
export async function runTests(kind, files, flags = [], { endsWithinMs = deadlineMs[kind], print = console.log } = {}) {
  const concurrency = kind === 'server' ? 1 : Math.max(2, availableParallelism() - 1);
  const args = [
    '--test',
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${timeoutMs[kind]}`,
    `--test-reporter=${inSetup('reporter.mjs')}`,
    '--test-reporter-destination=stdout',
    // kafkajs 2.2.4 sets its throttle's timer into the past, which does no harm and fills the page.
    '--disable-warning=TimeoutNegativeWarning',
    ...flags,
  ];
  if (kind === 'unit') {
    return files.length === 0 ? total([]) : await runOnce([...args, ...files], endsWithinMs, print);
  }
  const folders = byFolder(files);
  /** @type {Counts[]} */
  const counts = [];
  const oneByOne = async (/** @type {readonly string[]} */ some) => {
    for (const file of some) counts.push(await inOnePiece(print, say => runOnce([...args, file], endsWithinMs, say)));
  };
  const lane = async () => {
    for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) await oneByOne(folder);
  };
  await Promise.all(Array.from({ length: SERVER_LANES }, lane));
  return total(counts);
}

/** @param {readonly string[]} files @returns {string[][]} the longest folder first */
function byFolder(files) {
  /** @type {Map<string, string[]>} */
  const folders = new Map();
  for (const file of files) folders.set(dirname(file), [...(folders.get(dirname(file)) ?? []), file]);
  const longest = folders.get(LONGEST_FOLDER) ?? [];
  folders.delete(LONGEST_FOLDER);
  return [longest, ...folders.values()];
}

/** @param {readonly Counts[]} all @returns {Counts} */
export function total(all) {
  const sum = (/** @type {keyof Counts} */ key) => all.reduce((so, counts) => so + counts[key], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

/**
 * What one file shows is not mixed with what another shows at the same time.
 * @template T @param {(text: string) => void} print @param {(say: (text: string) => void) => Promise<T>} work @returns {Promise<T>}
 */
async function inOnePiece(print, work) {
  /** @type {string[]} */
  const said = [];
  try {
    return await work(text => said.push(text));
  } finally {
    for (const text of said) print(text);
  }
}

/** @param {readonly string[]} args for node @param {number} endsWithinMs @param {(text: string) => void} print @returns {Promise<Counts>} */
async function runOnce(args, endsWithinMs, print) {
  const child = startGuarded('group', join(toolsBin, 'node'), args);
  child.stderr?.pipe(process.stderr);
  let late = false;
  const deadline = setTimeout(() => {
    late = true;
    child.kill('SIGTERM');
  }, endsWithinMs);
  const exited = exitOf(child);
  const counts = await follow(/** @type {NodeJS.ReadableStream} */ (child.stdout), print);
  const code = await exited;
  clearTimeout(deadline);
  throwIfStopped();
  if (late) {
    print(`  FAILED  ${args.at(-1)}: not ended within ${endsWithinMs / 1000} s; what it still ran was ended`);
    // node:test may have said so itself before it went.
    counts.failed = Math.max(1, counts.failed);
  } else if (code !== 0 && counts.failed === 0) {
    print(`  FAILED  ${args.at(-1)}: node --test ended with ${code} although no test failed`);
    counts.failed += 1;
  }
  return counts;
}

/**
 * Reads the reporter's lines to the end and prints what a person wants to see.
 * @param {NodeJS.ReadableStream} stream @param {(text: string) => void} print
 * @returns {Promise<Counts>}
 */
async function follow(stream, print) {
  /** @type {Counts} */
  const counts = { passed: 0, failed: 0, skipped: 0 };
  let file = { name: '', tests: 0, ms: 0 };
  const endFile = () => {
    if (file.tests > 0)
      print(`  ${file.name}  ${file.tests} ${file.tests === 1 ? 'test' : 'tests'}, ${(file.ms / 1000).toFixed(1)} s`);
  };
  for await (const text of createInterface({ input: stream })) {
    const event = JSON.parse(text);
    if (event.kind === 'output') print(event.text.trimEnd());
    if (event.kind !== 'passed' && event.kind !== 'failed') continue;
    const name = relative(root, event.file);
    if (name !== file.name) {
      endFile();
      file = { name, tests: 0, ms: 0 };
    }
    if (event.kind === 'failed') print(failure(name, event));
    if (event.suite) continue;
    file.tests += 1;
    file.ms += event.ms;
    if (event.without !== '') {
      print(`  ${event.without.toUpperCase()}  ${name}: ${event.title}`);
      counts.skipped += 1;
    } else counts[event.kind === 'passed' ? 'passed' : 'failed'] += 1;
  }
  endFile();
  return counts;
}

/** @param {string} name @param {{ title: string, line: number, error: string }} event */
function failure(name, { title, line, error }) {
  return `\n  FAILED  ${name}:${line}  ${title}\n${error.replace(/^/gm, '    ')}\n`;
}
