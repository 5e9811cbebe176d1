import assert from 'node:assert/strict';
import { realpathSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { workflowBundle } from '../support/temporal.ts';
import { foreignModules, modulesOf } from './bundle.ts';

const root = realpathSync(join(import.meta.dirname, '..', '..'));

describe('the workflow bundle', () => {
  let modules: readonly string[] = [];

  before(async () => {
    const { code } = await workflowBundle();
    modules = modulesOf(code, root);
  });

  test('holds our workflows and the SDK, so the list is the real one', () => {
    for (const ours of ['workflows/index.ts', 'workflows/interceptors.ts'])
      assert.ok(modules.includes(ours), modules.join('\n'));
    assert.ok(modules.some(module => module.startsWith('@temporalio/workflow/')));
  });

  test('holds nothing but workflows, contract, report, the SDK, zod and what these need', () => {
    assert.deepEqual(foreignModules(modules), []);
  });

  test('needs no Node built-in', () => {
    assert.deepEqual(
      modules.filter(module => module.startsWith('node:') || isBuiltin(module)),
      [],
    );
  });
});

test('a module that may not be in the bundle is named', () => {
  const modules = [
    'workflows/index.ts',
    'kafka/fence.ts',
    '@aws-sdk/client-ec2/dist-es/index.js',
    'zod/index.js',
    'kafkajs/index.js',
  ];
  assert.deepEqual(foreignModules(modules), [
    'kafka/fence.ts',
    '@aws-sdk/client-ec2/dist-es/index.js',
    'kafkajs/index.js',
  ]);
});
