import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { load, type Part, type Parts, type ProgressModule, scratchProject } from './modules.ts';

/** Set-up of a scratch project, and a log of the parts that were made there. */
async function house() {
  const { root, setup } = scratchProject();
  const { bring, readStamp } = (await load('parts.mjs', setup)) as Parts;
  const { Progress } = (await load('progress.mjs', setup)) as ProgressModule;
  const made = join(root, 'made');
  const part = (name: string, after: readonly string[] = [], more: Partial<Part> = {}): Part => ({
    name,
    what: name,
    after,
    wanted: () => ({ version: 1 }),
    present: () => true,
    make: async () => {
      appendFileSync(made, `${name} `);
      return undefined;
    },
    ...more,
  });
  const bringAll = (parts: readonly Part[]) =>
    bring(parts, { progress: new Progress({ write: () => {} }), prepare: async () => {} });
  const log = () => (existsSync(made) ? readFileSync(made, 'utf8').trim() : '');
  return { root, setup, part, bringAll, readStamp, log };
}

describe('a part', () => {
  test('is made once, after what it stands on', async () => {
    const { part, bringAll, log } = await house();
    const parts = [part('a'), part('b', ['a']), part('c', ['b'])];
    await bringAll(parts);
    await bringAll(parts);
    assert.equal(log(), 'a b c');
  });

  test('is made again when something else is wanted, or it is gone', async () => {
    const { part, bringAll, log } = await house();
    await bringAll([part('a'), part('b')]);
    await bringAll([part('a', [], { wanted: () => ({ version: 2 }) }), part('b')]);
    assert.equal(log(), 'a b a');
    let there = false;
    const again = part('b', [], {
      present: () => there,
      make: async () => {
        there = true;
        return undefined;
      },
    });
    await bringAll([again]);
    assert.equal(there, true);
  });

  test('that failed has no stamp, stops what stands on it, and leaves the others', async () => {
    const { part, bringAll, readStamp, log } = await house();
    const broken = part('a', [], { make: () => Promise.reject(new Error('no network')) });
    await assert.rejects(bringAll([broken, part('b', ['a']), part('c')]), /a: Error: no network/);
    assert.equal(readStamp('a'), undefined);
    assert.equal(log(), 'c');
    await bringAll([part('a'), part('b', ['a']), part('c')]);
    assert.equal(log(), 'c a b');
  });

  test('that was being made when set-up was killed is made again', async () => {
    const { root, setup, part, bringAll, log } = await house();
    const script = `import { bring } from ${JSON.stringify(join(setup, 'parts.mjs'))};
      const part = { name: 'a', what: 'a', after: [], wanted: () => ({ version: 1 }), present: () => true,
        make: () => new Promise(() => { console.log('at work'); setInterval(() => {}, 1000); }) };
      await bring([part], { progress: { start() {}, end() {}, close() {}, say() {} }, prepare: async () => {} });`;
    const other = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(other.stdout, 'data');
    other.kill('SIGKILL');
    await once(other, 'exit');
    await bringAll([part('a')]);
    assert.equal(log(), 'a');
  });

  test('is made once when two set-ups start at the same time', async () => {
    const { part, bringAll, log } = await house();
    await Promise.all([bringAll([part('a')]), bringAll([part('a')])]);
    assert.equal(log(), 'a');
  });
});
