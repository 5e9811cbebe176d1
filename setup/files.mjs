// @ts-check
// Small helpers about files: fingerprints, listings.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** @param {string} file */
export const sha256 = file => createHash('sha256').update(readFileSync(file)).digest('hex');

/**
 * Files below a folder, sorted, without what tools brought or built; none when the folder is not there.
 * @param {string} folder
 * @param {(file: string) => boolean} [wanted]
 * @returns {string[]}
 */
export function filesBelow(folder, wanted = () => true) {
  /** @type {string[]} */
  const files = [];
  const walk = (/** @type {string} */ current) => {
    for (const entry of readdirOrNone(current)) {
      if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name.startsWith('.')) continue;
      const path = join(current, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (wanted(path)) files.push(path);
    }
  };
  walk(folder);
  return files.toSorted();
}

/** @param {string} folder */
function readdirOrNone(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Changes when a file appears, goes, or is written. @param {readonly string[]} files */
export function fingerprint(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}
