import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { z } from 'zod';

const root = join(import.meta.dirname, '..', '..');
const Lock = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional(), integrity: z.string().optional() })),
});
const lock = Lock.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));

interface Tree {
  readonly version?: string | undefined;
  readonly dependencies?: Readonly<Record<string, Tree>> | undefined;
}
const Tree: z.ZodType<Tree> = z.lazy(() =>
  z.object({ version: z.string().optional(), dependencies: z.record(z.string(), Tree).optional() }),
);

/** Versions of a package below each direct user of it in the tree. */
function versionsByUser(tree: Tree, name: string, user = ''): readonly { user: string; version: string }[] {
  return Object.entries(tree.dependencies ?? {}).flatMap(([child, below]) =>
    child === name ? [{ user, version: below.version ?? '' }] : versionsByUser(below, name, child),
  );
}

test('replay reads histories with one protobufjs, an 8.x: two would not know each other’s messages', async () => {
  const npm = await promisify(execFile)('npm', ['ls', 'protobufjs', '--all', '--json'], { cwd: root });
  const found = versionsByUser(Tree.parse(JSON.parse(npm.stdout)), 'protobufjs');
  const sdk = found.filter(({ user }) => user.startsWith('@temporalio/') || user === '');
  assert.ok(sdk.length >= 3, JSON.stringify(found));
  assert.equal(new Set(sdk.map(({ version }) => version)).size, 1, JSON.stringify(sdk));
  assert.match(sdk[0]?.version ?? '', /^8\./);
});

test('the lock gives the SDK the protobufjs at the top, an 8.x', () => {
  assert.match(lock.packages['node_modules/protobufjs']?.version ?? '', /^8\./);
  const nested = Object.keys(lock.packages).filter(path => /@temporalio\/.*\/node_modules\/protobufjs$/.test(path));
  assert.deepEqual(nested, []);
});

test('what runs here is locked by hash', () => {
  const linux = Object.entries(lock.packages).filter(
    ([path]) => path.startsWith('node_modules/') && !path.endsWith('/kafka-bluegreen-switching'),
  );
  assert.ok(linux.length > 100);
  const open = linux.filter(
    ([path, { integrity }]) =>
      integrity === undefined &&
      !/-?(android|darwin|win32|freebsd|openharmony|musl|musleabihf|gnueabihf|riscv64|s390x|ppc64)/.test(path),
  );
  assert.deepEqual(
    open.map(([path]) => path),
    [],
  );
});
