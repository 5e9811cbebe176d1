// @ts-check
// The packages that package-lock.json names, each verified by npm against the lock's hash. Install scripts are not run: none is needed.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../files.mjs';
import { root, tools, toolsBin } from '../paths.mjs';
import { freshLog, must } from '../run.mjs';

/** @type {import('../parts.mjs').Part} */
export const npmPart = {
  name: 'npm',
  what: 'npm packages',
  after: ['links'],
  wanted: () => ({ lock: sha256(join(root, 'package-lock.json')), platform: process.platform, arch: process.arch }),
  present: () => existsSync(join(root, 'node_modules', '.package-lock.json')),
  make: async () => {
    const log = freshLog(join(tools, 'logs', 'npm.log'));
    await must(log, join(toolsBin, 'npm'), ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
  },
};
