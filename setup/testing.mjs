// @ts-check
// Runs test files with node:test, says what goes on, and counts.

import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { filesBelow } from './files.mjs';
import { inSetup, root, toolsBin } from './paths.mjs';
import { exitOf, startGuarded, throwIfStopped } from './run.mjs';
import { Trouble } from './trouble.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts `skipped` holds todo as well: neither showed anything */

/** Of one test: a file that hangs must end some day, and a slow machine must not fail. */
const timeoutMs = { unit: 5 * 60_000, server: 20 * 60_000 };

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
 * @param {'unit' | 'server'} kind server tests run one file at a time
 * @param {readonly string[]} files @param {readonly string[]} [flags] for node
 * @returns {Promise<Counts>}
 */
export async function runTests(kind, files, flags = []) {
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  const concurrency = kind === 'server' ? 1 : Math.max(2, availableParallelism() - 1);
  const child = startGuarded('group', join(toolsBin, 'node'), [
    '--test',
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${timeoutMs[kind]}`,
    `--test-reporter=${inSetup('reporter.mjs')}`,
    '--test-reporter-destination=stdout',
    ...flags,
    ...files,
  ]);
  child.stderr?.pipe(process.stderr);
  const exited = exitOf(child);
  const counts = await follow(/** @type {NodeJS.ReadableStream} */ (child.stdout));
  const code = await exited;
  throwIfStopped();
  if (code !== 0 && counts.failed === 0) {
    console.log(`  FAILED  node --test ended with ${code} although no test failed`);
    counts.failed += 1;
  }
  return counts;
}

/**
 * Reads the reporter's lines to the end and prints what a person wants to see.
 * @param {NodeJS.ReadableStream} stream
 * @param {(text: string) => void} [print]
 * @returns {Promise<Counts>}
 */
export async function follow(stream, print = console.log) {
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
