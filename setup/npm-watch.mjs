// @ts-check
// npm that is killed tells nobody, and nothing it started may stay. npm runs a script by a shell, which may stay in between, so both are
// watched: the parent, and where the parent is that shell, npm above it.
import { readFileSync } from 'node:fs';

/** Ends this process as Ctrl-C would soon after the npm that started it is gone; does nothing when npm did not start it. */
export function endWithNpm() {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const above = isShell(parent) ? parentOf(parent) : null;
  setInterval(() => {
    const orphaned = process.ppid !== parent || (above !== null && parentOf(parent) !== above);
    if (orphaned) process.kill(process.pid, 'SIGTERM');
  }, 1000).unref();
}

/** @param {number} pid @returns {number | null} null where the system does not say */
function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}

/** @param {number} pid */
function isShell(pid) {
  try {
    return /^(?:sh|dash|bash|ash|zsh|ksh)$/.test(readFileSync(`/proc/${pid}/comm`, 'utf8').trim());
  } catch {
    return false;
  }
}
