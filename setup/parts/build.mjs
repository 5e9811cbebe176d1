// @ts-check
// `dist/`, `switching/dist/` and the prebuilt workflow bundle: what ships is what runs. Built again when a source, a setting or a package
// changed; output whose source is gone goes too.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { filesBelow, fingerprint } from '../files.mjs';
import { readStamp } from '../parts.mjs';
import { root, tools, toolsBin } from '../paths.mjs';
import { freshLog, must } from '../run.mjs';

const settings = ['tsconfig.base.json', 'tsconfig.build.json', 'switching/tsconfig.json', 'switching/package.json'];

/** @returns {string[]} folders whose sources go into `dist` */
function builtFolders() {
  return JSON.parse(readFileSync(join(root, 'tsconfig.build.json'), 'utf8')).include;
}

/** @param {string} folder of the project @returns {string[]} */
const sourcesOf = folder => filesBelow(join(root, folder));

/** @param {readonly string[]} files */
const hasTypeScript = files => files.some(file => file.endsWith('.ts'));

/** @param {string} log @param {string} program a path below the root @param {readonly string[]} args */
const node = (log, program, args) => must(log, join(toolsBin, 'node'), [join(root, program), ...args]);

/** @type {import('../parts.mjs').Part} */
export const buildPart = {
  name: 'build',
  what: 'TypeScript and the workflow bundle',
  after: ['npm'],
  wanted: () => ({
    sources: fingerprint([
      ...settings.map(name => join(root, name)),
      ...builtFolders().flatMap(sourcesOf),
      ...sourcesOf('switching/src'),
    ]),
    packages: readStamp('npm') ?? null,
  }),
  present: () => existsSync(join(root, 'dist')) || !hasTypeScript(builtFolders().flatMap(sourcesOf)),
  make: async () => {
    const log = freshLog(join(tools, 'logs', 'build.log'));
    const tsc = 'node_modules/typescript/bin/tsc';
    if (hasTypeScript(sourcesOf('switching/src'))) {
      await node(log, tsc, ['-p', 'switching/tsconfig.json']);
      removeOrphans('switching/dist', 'switching/src');
    }
    if (hasTypeScript(builtFolders().flatMap(sourcesOf))) {
      await node(log, tsc, ['-p', 'tsconfig.build.json']);
      for (const folder of builtFolders()) removeOrphans(join('dist', folder), folder);
    }
    if (existsSync(join(root, 'dist/worker/bundle.js'))) await node(log, 'dist/worker/bundle.js', []);
  },
};

/** Removes output whose source is no more. @param {string} output @param {string} source both below the root */
function removeOrphans(output, source) {
  const folder = join(root, output);
  for (const path of filesBelow(folder)) {
    const compiled = /^(.*)(?:\.d\.ts|\.js|\.js\.map)$/.exec(relative(folder, path));
    if (compiled !== null && !existsSync(join(root, source, `${compiled[1]}.ts`))) rmSync(path);
  }
}
