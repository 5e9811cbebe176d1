// @ts-check
// A private Python environment with Temporal, the AWS emulator and cfn-lint, and Node where the machine's own is out of range. pip installs
// nothing but wheels whose hash the requirements name.
import { existsSync, mkdirSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join, sep } from 'node:path';
import { sha256 } from '../files.mjs';
import { findPython, findTemporal } from '../machine.mjs';
import { readStamp } from '../parts.mjs';
import { inSetup, python, root, tools, toolsBin } from '../paths.mjs';
import { freshLog, must } from '../run.mjs';
import { Trouble } from '../trouble.mjs';
import { nodeIsInRange } from '../versions.mjs';

/** @typedef {'tools' | 'temporal' | 'node'} Requirements a file of setup/python */

/**
 * Which of the machine's own programs are used. What the environment already holds stays in use, so that another Node or `temporal` on the
 * PATH does not cause a rebuild.
 * @typedef {{ requirements: Requirements[], ownNode: boolean, ownTemporal: string | null }} Choice
 */

/** @type {Choice} */
let choice = { requirements: ['tools', 'temporal', 'node'], ownNode: false, ownTemporal: null };

/** The choice that `lookAtMachine` made. */
export const chosen = () => choice;

/** To be called once before parts are looked at. */
export async function lookAtMachine() {
  const stamp = /** @type {{ requirements?: Record<string, string> } | undefined} */ (readStamp('python'));
  const installed = new Set(Object.keys(stamp?.requirements ?? {}));
  const ownTemporal = installed.has('temporal') ? null : (linkedTemporal() ?? (await findTemporal()));
  const isBrought = realpathSync(process.execPath).startsWith(tools + sep);
  const ownNode = !installed.has('node') && !isBrought && nodeIsInRange(process.version);
  choice = {
    requirements: ['tools', ...when(ownTemporal === null, 'temporal'), ...when(!ownNode, 'node')],
    ownNode,
    ownTemporal,
  };
}

/** @param {boolean} wanted @param {Requirements} name @returns {Requirements[]} */
const when = (wanted, name) => (wanted ? [name] : []);

/** @returns {string | null} the machine's own `temporal` that `.tools/bin` already speaks of */
function linkedTemporal() {
  try {
    const target = readlinkSync(join(toolsBin, 'temporal'));
    return existsSync(target) && !target.startsWith(python + sep) ? target : null;
  } catch {
    return null;
  }
}

/** @param {Requirements} name */
const requirementsFile = name => inSetup('python', `${name}.txt`);

/** @type {import('../parts.mjs').Part} */
export const pythonPart = {
  name: 'python',
  what: 'a private Python environment: Temporal, AWS emulator, cfn-lint, Node',
  after: [],
  wanted: () => ({
    folder: root,
    requirements: Object.fromEntries(choice.requirements.map(name => [name, sha256(requirementsFile(name))])),
  }),
  present: () => existsSync(join(python, 'bin', 'python')),
  make: async () => {
    const log = freshLog(join(tools, 'logs', 'python.log'));
    const machines = await findPython();
    if (machines === null) throw new Trouble('No Python 3.10 or newer with venv is on the PATH any more.');
    rmSync(python, { recursive: true, force: true });
    mkdirSync(tools, { recursive: true });
    await must(log, machines, ['-m', 'venv', python]);
    const files = choice.requirements.flatMap(name => ['-r', requirementsFile(name)]);
    const pip = ['-m', 'pip', '--disable-pip-version-check', '--no-input'];
    const environment = join(python, 'bin', 'python');
    await must(log, environment, [...pip, 'install', '--require-hashes', '--only-binary', ':all:', ...files]);
    await must(log, environment, [...pip, 'check']);
  },
};
