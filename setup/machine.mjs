// @ts-check
// What the machine brings along: programs on its PATH, and whether all prerequisites are met.
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { toolsBin } from './paths.mjs';
import { capture } from './run.mjs';
import { Trouble } from './trouble.mjs';
import { atLeast, javaMajor } from './versions.mjs';

/** @param {string} name @returns {string | null} absolute path of the machine's own program, never one that set-up brought */
export function onPath(name) {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (folder === '' || folder === toolsBin) continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

/** Changes when the machine's Java is another one. @returns {string} */
export function javaIdentity() {
  const java = onPath('java');
  if (java === null) return 'none';
  const real = realpathSync(java);
  const { size, mtimeMs } = statSync(real);
  return `${real} ${size} ${mtimeMs}`;
}

/** @returns {Promise<string | null>} the first Python on the PATH that is new enough and can make environments */
export async function findPython() {
  for (const name of ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10']) {
    const file = onPath(name);
    if (file === null) continue;
    const { code, output } = await capture(file, ['-c', 'import sys, venv, ensurepip; print(sys.version)']);
    if (code === 0 && atLeast(output, [3, 10])) return file;
  }
  return null;
}

/** @returns {Promise<string | null>} the machine's own `temporal`, if it is at least 1.9 */
export async function findTemporal() {
  const file = onPath('temporal');
  if (file === null) return null;
  const { code, output } = await capture(file, ['--version']);
  return code === 0 && atLeast(output, [1, 9]) ? file : null;
}

/** Says everything that is missing at once, each with the command that brings it. Throws Trouble. */
export async function checkPrerequisites() {
  const missing = [];
  if (!atLeast(process.version, [20, 0])) {
    missing.push(
      `Node 20 or newer (this is ${process.version}); Debian 13 or newer: apt install nodejs npm; Debian 12: from nodesource.com or nodejs.org; macOS: brew install node`,
    );
  }
  if (onPath('npm') === null) missing.push('npm; Debian: apt install npm; macOS: brew install node');
  const java = onPath('java');
  const seen = java === null ? 0 : javaMajor((await capture(java, ['-version'])).output);
  if (seen < 17) {
    const have = java === null ? '' : seen === 0 ? ` (${java} does not run)` : ` (${java} is ${seen})`;
    missing.push(
      `Java 17 or newer${have}; Debian: apt install default-jre-headless; macOS: brew install openjdk@17, then put $(brew --prefix openjdk@17)/bin on the PATH`,
    );
  }
  if (onPath('mvn') === null) missing.push('Maven; Debian: apt install maven; macOS: brew install maven');
  if ((await findPython()) === null) {
    missing.push(
      'Python 3.10 or newer with venv; Debian: apt install python3 python3-venv; macOS: brew install python',
    );
  }
  if (missing.length > 0) throw new Trouble(`This machine lacks:\n${missing.map(line => `  - ${line}`).join('\n')}`);
}
