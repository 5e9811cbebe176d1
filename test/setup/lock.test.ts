import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Lock, load, setupFolder } from './modules.ts';

const { takeLock } = (await load('lock.mjs')) as Lock;

const scratch = () => join(mkdtempSync(join(tmpdir(), 'lock-')), 'setup.lock');

/** A process that takes the lock, says so, and holds it until it is killed. */
async function holderOf(file: string) {
  const script = `import { takeLock } from ${JSON.stringify(join(setupFolder, 'lock.mjs'))};
    await takeLock(${JSON.stringify(file)}); console.log('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

describe('the lock of set-up', () => {
  test('is free after it was given back, and leaves nothing behind', async () => {
    const file = scratch();
    (await takeLock(file))();
    const release = await takeLock(file);
    assert.ok(existsSync(file));
    release();
    assert.deepEqual(readdirSync(join(file, '..')), []);
  });

  test('of a living holder is waited for, and the holder is named once', async () => {
    const file = scratch();
    const holder = await holderOf(file);
    const named: number[] = [];
    let looks = 0;
    const refused = takeLock(file, {
      pollMs: 5,
      waiting: pid => named.push(pid),
      check: () => {
        looks += 1;
        if (looks > 10) throw new Error('gave up');
      },
    });
    await assert.rejects(refused, /gave up/);
    assert.deepEqual(named, [holder.pid]);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
  });

  test('of a holder that was killed is taken over', async () => {
    const file = scratch();
    const holder = await holderOf(file);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const release = await takeLock(file);
    assert.equal((JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid, process.pid);
    release();
  });

  test('is not mistaken for held when its process id belongs to a later process', async () => {
    const file = scratch();
    writeFileSync(file, JSON.stringify({ pid: process.pid, started: 'long before', token: 'another' }));
    (await takeLock(file))();
    assert.equal(existsSync(file), false);
  });

  test('is held by one at a time however many want it', async () => {
    const file = scratch();
    writeFileSync(file, JSON.stringify({ pid: 2 ** 22 + 1, started: '', token: 'dead' }));
    let inside = 0;
    let turns = 0;
    const turn = async () => {
      const release = await takeLock(file, { pollMs: 1 });
      inside += 1;
      assert.equal(inside, 1);
      await new Promise(done => setImmediate(done));
      inside -= 1;
      turns += 1;
      release();
    };
    await Promise.all(Array.from({ length: 20 }, turn));
    assert.equal(turns, 20);
  });
});
