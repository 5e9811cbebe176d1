import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { FileStore } from '../../evidence/file-store.ts';
import { openEvidenceStore } from '../../evidence/open.ts';
import { getJson, putJson } from '../../evidence/store.ts';

let directory: string;
let store: FileStore;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'evidence-'));
  store = new FileStore(join(directory, 'store'));
});
after(() => rm(directory, { recursive: true }));

function fileOf(sha256: string): string {
  return join(directory, 'store', sha256.slice(0, 2), sha256);
}

async function everyFile(): Promise<string[]> {
  const entries = await readdir(join(directory, 'store'), { recursive: true, withFileTypes: true });
  return entries.filter(entry => entry.isFile()).map(entry => entry.name);
}

test('A store whose folder is something else says so, by name, and what to check', async () => {
  const path = join(directory, 'a file');
  await writeFile(path, '');
  await assert.rejects(new FileStore(path).put(new Uint8Array(1)), {
    name: 'EvidenceUnusable',
    message: /The evidence store .*a file cannot be written: .*Check the folder, its owner and the free space/,
  });
});

test('What was put comes back to the bit, under the name of its digest', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 4_096 }), async bytes => {
      const ref = await store.put(bytes);
      assert.equal(ref.bytes, bytes.byteLength);
      assert.deepEqual(new Uint8Array(await store.get(ref)), bytes);
      assert.deepEqual(await store.put(bytes), ref);
    }),
    { numRuns: 50 },
  );
});

test('Bytes that were altered, cut off or added are always noticed, and putting them again mends them', async () => {
  const damage = fc.oneof(
    fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), by: fc.integer({ min: 1, max: 255 }) }),
    fc.record({ kind: fc.constant('cut' as const), at: fc.nat() }),
    fc.record({ kind: fc.constant('append' as const), extra: fc.uint8Array({ minLength: 1, maxLength: 64 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 512 }), damage, async (bytes, how) => {
      const ref = await store.put(bytes);
      let altered = Buffer.from(bytes);
      if (how.kind === 'flip') altered[how.at % bytes.length] = (bytes[how.at % bytes.length] ?? 0) ^ how.by;
      else if (how.kind === 'cut') altered = altered.subarray(0, how.at % bytes.length);
      else altered = Buffer.concat([altered, how.extra]);
      await writeFile(fileOf(ref.sha256), altered);
      await assert.rejects(() => store.get(ref), { name: 'EvidenceAltered', message: /Restore it/ });
      await store.put(bytes);
      assert.deepEqual(new Uint8Array(await store.get(ref)), bytes);
    }),
    { numRuns: 150 },
  );
});

test('A reference with another size than its bytes is noticed although the digest fits', async () => {
  const ref = await store.put(Buffer.from('frozen ends'));
  await assert.rejects(() => store.get({ ...ref, bytes: ref.bytes + 1 }), { name: 'EvidenceAltered' });
});

test('Evidence that is gone is missing, which is not altered', async () => {
  const ref = await store.put(Buffer.from('soon gone'));
  await rm(fileOf(ref.sha256));
  await assert.rejects(() => store.get(ref), { name: 'EvidenceMissing' });
});

test('No reference leads out of the store', async () => {
  await writeFile(join(directory, 'outside'), 'x');
  const sha256 = '../../outside';
  await assert.rejects(() => store.get({ ref: `sha256:${sha256}`, sha256, bytes: 1 }), { name: 'EvidenceMissing' });
});

test('Many writers of the same bytes leave one whole file and nothing beside it', async () => {
  const bytes = Buffer.alloc(200_000, 'ledger');
  const stores = Array.from({ length: 16 }, () => new FileStore(join(directory, 'store')));
  const refs = await Promise.all(stores.map(s => s.put(bytes)));
  assert.equal(new Set(refs.map(ref => ref.ref)).size, 1);
  const ref = refs[0];
  assert.ok(ref);
  assert.deepEqual(await readFile(fileOf(ref.sha256)), bytes);
  assert.ok((await everyFile()).every(name => !name.endsWith('.part')));
});

test('A store that works passes its check and keeps nothing of it', async () => {
  const kept = (await everyFile()).length;
  await store.check();
  assert.equal((await everyFile()).length, kept);
});

test('A store whose folder cannot be made fails its check with the folder in the sentence', async () => {
  const file = join(directory, 'a-file');
  await writeFile(file, '');
  await chmod(file, 0o600);
  await assert.rejects(() => new FileStore(join(file, 'store')).check(), {
    name: 'EvidenceUnusable',
    message: /a-file\/store must be writable/,
  });
});

test('Equal values are the same evidence whatever the order of their keys', async () => {
  const one = await putJson(store, { topic: 'orders', ends: ['1', '2'], note: null });
  const other = await putJson(store, { note: null, ends: ['1', '2'], topic: 'orders' });
  assert.deepEqual(one, other);
  assert.deepEqual(await getJson(store, one), { topic: 'orders', ends: ['1', '2'], note: null });
});

test('Any JSON value comes back as it was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async value => {
      assert.equal(
        JSON.stringify(await getJson(store, await putJson(store, value)), sorted),
        JSON.stringify(value, sorted),
      );
    }),
    { numRuns: 60 },
  );
});

/** Objects with their keys in order, so that two texts can be compared. */
function sorted(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

test('A store is opened by the URL of an absolute folder only', async () => {
  const ref = await openEvidenceStore(`file:${directory}/opened`).put(Buffer.from('x'));
  assert.deepEqual(await openEvidenceStore(`file://${directory}/opened`).get(ref), Buffer.from('x'));
  for (const url of ['', 'file:relative', 's3://bucket/evidence', '/plain/path'])
    assert.throws(() => openEvidenceStore(url), { name: 'EvidenceUnusable', message: /file:\/absolute\/folder/ });
});
