/** Command lines as a person would type them in a shell of the local stack. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import type { LocalStack } from '../../local/stack.ts';

export interface Ran {
  readonly code: number;
  /** Both streams. */
  readonly said: string;
}

const WITHIN_MS = 120_000;

export function shell(local: LocalStack, line: string, timeout = WITHIN_MS): Promise<Ran> {
  return new Promise(resolve => {
    const options = { cwd: local.directory, env: { ...local.environment }, timeout };
    execFile('/bin/sh', ['-c', line], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : 1, said: `${stdout}${stderr}` }),
    );
  });
}

/** Runs it, and fails with what it said when it fails. */
export async function runs(local: LocalStack, line: string, timeout = WITHIN_MS): Promise<string> {
  const { code, said } = await shell(local, line, timeout);
  assert.equal(code, 0, `${line}\n${said}`);
  return said;
}
