import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { importsOf } from './imports.ts';
import { ruledFolders, violations } from './rules.ts';

const root = join(import.meta.dirname, '..', '..');

function sourcesIn(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true, recursive: true });
  return entries
    .filter(entry => entry.isFile() && /\.[cm]?ts$/.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter(file => !/(^|\/)(dist|node_modules)\//.test(file));
}

describe('the arrows of the house', () => {
  const present = new Set(readdirSync(root));
  for (const folder of ruledFolders.filter(name => present.has(name))) {
    test(`${folder} imports only what it may`, () => {
      const files = sourcesIn(folder);
      assert.ok(files.length > 0, `${folder} holds no source: the scan looks in the wrong place`);
      const wrong = files.flatMap(file => violations(file, readFileSync(join(root, file), 'utf8')));
      assert.deepEqual(wrong, []);
    });
  }
});

describe('a rule that is broken', () => {
  const broken: readonly (readonly [file: string, source: string, message: RegExp])[] = [
    [
      'contract/a.ts',
      "\nimport { x } from '../kafka/fence.ts';",
      /^contract\/a\.ts:2 imports .*contract may import nothing/,
    ],
    [
      'workflows/phases/flip.ts',
      "import { act } from '../../activities/flip.ts';",
      /types of activities, not activities/,
    ],
    ['workflows/a.ts', "export * from '../kafka/keep.ts';", /not kafka/],
    ['client/a.ts', "const w = await import('../workflows/index.ts');", /not workflows/],
    ['aws/a.ts', "type T = import('../local/stack.ts').LocalStack;", /not local/],
    ['activities/a.ts', "import { BlueGreenProducer } from 'kafka-bluegreen-switching';", /not switching$/],
    ['switching/src/a.ts', "import type { Plan } from '../../contract/plan.ts';", /switching may import nothing/],
    ['demo/auditor/a.ts', "import { parse } from 'kafka-bluegreen-switching/signpost';", /not switching\/signpost/],
    ['worker/a.ts', "import {\n  traffic,\n  // 'x'\n} from '../demo/traffic/main.ts';", /worker\/a\.ts:1 .*not demo/],
    ['local/a.ts', "import '../test/support/deadline.ts';", /not test/],
  ];
  for (const [file, source, message] of broken) {
    test(`is named with file, line and rule: ${file} with ${JSON.stringify(source)}`, () => {
      const found = violations(file, source);
      assert.equal(found.length, 1);
      assert.match(found[0] ?? '', message);
    });
  }

  test('is not seen where there is none', () => {
    const source = `
      import type { Activities } from '../activities/create-activities.ts';
      import { proxyActivities } from '@temporalio/workflow';
      import type from '../contract/plan.ts';
      // import { x } from '../kafka/fence.ts';
      /* export * from '../aws/zone.ts' */
      const text = "import { x } from '../kafka/fence.ts'";
      export type Text = \`import x from '../aws/zone.ts'\`;`;
    assert.deepEqual(violations('workflows/a.ts', source), []);
  });
});

test('the scanner tells types from values and counts lines', () => {
  const source = `/* one
two */ import type { A } from './a.ts';
import B, { type C } from "./b.ts";
export { D } from './d.ts';
export type * from './e.ts';
const f = require('./f.cjs');
import './g.ts';`;
  assert.deepEqual(
    importsOf(source).map(({ specifier, kind, line }) => `${line} ${kind} ${specifier}`),
    ['2 types ./a.ts', '3 values ./b.ts', '4 values ./d.ts', '5 types ./e.ts', '6 values ./f.cjs', '7 values ./g.ts'],
  );
});
