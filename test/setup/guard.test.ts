import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { setupFolder } from './modules.ts';

const guard = join(setupFolder, 'guard.mjs');

function guarded(mode: 'group' | 'child', command: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, [guard, mode, command, ...args], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
}

async function firstLine(child: ChildProcess): Promise<string> {
  assert.ok(child.stdout);
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error('no output');
}

async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 200; tries += 1) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await wait(25);
  }
  return false;
}

/** A process whose own child ignores its parent's end; it prints the child's id. */
const family = `const { spawn } = require('node:child_process');
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  console.log(child.pid); setInterval(() => {}, 1000);`;

describe('the guard', () => {
  test('hands the exit code on', async () => {
    const [code] = await once(guarded('group', process.execPath, '-e', 'process.exit(7)'), 'exit');
    assert.equal(code, 7);
  });

  test('says which command could not be started', async () => {
    const child = guarded('group', '/nonexistent/command');
    let said = '';
    child.stderr?.on('data', chunk => {
      said += String(chunk);
    });
    const [code] = await once(child, 'close');
    assert.equal(code, 127);
    assert.match(said, /^\/nonexistent\/command could not be started/);
  });

  test('passes a signal on, once, and reports it as shells do', async () => {
    const script = `let n = 0; process.on('SIGINT', () => { n += 1; setTimeout(() => process.exit(40 + n), 100); });
      console.log('ready'); setInterval(() => {}, 1000);`;
    const child = guarded('child', process.execPath, '-e', script);
    await firstLine(child);
    child.kill('SIGINT');
    assert.deepEqual(await once(child, 'exit'), [41, null]);
    const plain = guarded('child', process.execPath, '-e', "console.log('ready'); setInterval(() => {}, 1000);");
    await firstLine(plain);
    plain.kill('SIGTERM');
    assert.deepEqual(await once(plain, 'exit'), [143, null]);
  });

  test('ends the command and all it started when the starter is killed', async () => {
    const starter = `const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, [${JSON.stringify(guard)}, 'group', process.execPath, '-e', ${JSON.stringify(family)}],
        { stdio: ['ignore', 'inherit', 'inherit', 'pipe'], detached: true });
      setInterval(() => {}, 1000);`;
    const process1 = spawn(process.execPath, ['-e', starter], { stdio: ['ignore', 'pipe', 'inherit'] });
    const grandchild = Number(await firstLine(process1));
    process1.kill('SIGKILL');
    assert.equal(await isGone(grandchild), true);
  });
});
