// @ts-check
// What `npm run <task>` needs and does.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test, verify } from './checks.mjs';
import { checkPrerequisites } from './machine.mjs';
import { archivePart } from './parts/archive.mjs';
import { buildPart } from './parts/build.mjs';
import { kafkaPart } from './parts/kafka.mjs';
import { linksPart } from './parts/links.mjs';
import { npmPart } from './parts/npm.mjs';
import { lookAtMachine, pythonPart } from './parts/python.mjs';
import { bring as bringParts, withFoundations } from './parts.mjs';
import { kafkaVersions, root, toolsBin } from './paths.mjs';
import { exitOf, startGuarded, throwIfStopped } from './run.mjs';
import { Trouble } from './trouble.mjs';

/** @typedef {(needs: readonly string[]) => Promise<void>} Bring brings the named parts, or throws */
/** @typedef {{ run: (args: readonly string[], bring: Bring) => Promise<number> }} Task resolves to the exit code */

const parts = [
  pythonPart,
  linksPart,
  npmPart,
  buildPart,
  ...kafkaVersions.map((version, index) =>
    kafkaPart(
      version,
      kafkaVersions.slice(0, index).map(earlier => `kafka-${earlier}`),
    ),
  ),
  ...kafkaVersions.map(archivePart),
];
const everything = parts.map(part => part.name);

/** @param {readonly string[]} needs @param {import('./progress.mjs').Progress} progress */
export async function bringFor(needs, progress) {
  await lookAtMachine();
  await bringParts(withFoundations(parts, needs), { progress, prepare: checkPrerequisites });
}

/**
 * A task that runs a program of ours; the user's arguments follow the program's own.
 * @param {string} file a path below the root @param {readonly string[]} needs @param {readonly string[]} [own]
 * @returns {Task}
 */
const program = (file, needs, own = []) => ({
  run: async (args, bring) => {
    await bring(needs);
    if (!existsSync(join(root, file))) throw new Trouble(`${file} is not there: this version has no such program.`);
    const child = startGuarded('child', join(toolsBin, 'node'), [file, ...own, ...args], { stdio: 'inherit' });
    return await exitOf(child);
  },
});

/** @type {Record<string, Task>} */
export const tasks = {
  setup: {
    run: async (_, bring) => {
      const started = performance.now();
      await bring(everything);
      throwIfStopped();
      console.log(`Everything is there (${((performance.now() - started) / 1000).toFixed(1)} s).`);
      return 0;
    },
  },
  build: {
    run: async (_, bring) => {
      await bring(['build']);
      return 0;
    },
  },
  demo: program('dist/demo/main.js', everything),
  local: program('dist/local/main.js', everything),
  soak: program('dist/bench/soak.js', everything),
  mutants: program('dist/bench/mutants.js', everything),
  bench: program('dist/bench/bench.js', everything),
  histories: program('test/histories.ts', ['build']),
  format: program('node_modules/@biomejs/biome/bin/biome', ['npm'], ['check', '--write', '.']),
  verify: { run: (_, bring) => verify(bring) },
  test: { run: (args, bring) => test(args, bring, everything) },
};
