import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../../local/project-root.ts';

const root = projectRoot();

for (const folder of ['.', 'switching'])
  test(`npm pack in ${folder} without a build ends with one sentence that says how to build`, () => {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
      readonly scripts: { readonly prepack: string };
    };
    const [program, script = '', file = ''] = manifest.scripts.prepack.split(' ');
    assert.equal(program, 'node');
    const packs = (output: string) =>
      spawnSync(process.execPath, [script, output], { cwd: join(root, folder), encoding: 'utf8' });
    const { status, stdout, stderr } = packs(file.replace('dist/', 'no-dist/'));
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, /^no-dist\/\S+ is not there: [^\n]*npm run build, then npm pack again\.\n$/);
    assert.equal(packs('package.json').status, 0);
  });
