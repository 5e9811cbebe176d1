import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { WORKFLOW_ID_PREFIX } from '../../contract/request.ts';
import { workflowBundle } from '../support/temporal.ts';

const folder = join(import.meta.dirname, '..', 'histories');
const files = readdirSync(folder).filter(file => file.endsWith('.json'));
const textOf = (file: string) => readFileSync(join(folder, file), 'utf8');

async function replay(file: string, text: string): Promise<void> {
  const options = { workflowBundle: await workflowBundle() };
  const cluster = basename(file, '.json');
  await Worker.runReplayHistory(options, JSON.parse(text), `${WORKFLOW_ID_PREFIX}${cluster}`);
}

describe('replay of kept histories', () => {
  test('there is one of every ending', () => {
    const endings = [
      'cancelled',
      'deployed',
      'expired',
      'held-and-resumed',
      'rejected',
      'rolled-back-after-flip',
      'rolled-back-before-flip',
      'waived',
    ];
    assert.deepEqual(
      files.toSorted(),
      endings.map(name => `${name}.json`),
    );
  });

  for (const file of files) {
    test(`a run under way that went as ${basename(file, '.json')} goes on with this code`, async () => {
      try {
        await replay(file, textOf(file));
      } catch (error) {
        const hint = 'Runs under way would break. If none can be, keep new histories: npm run histories';
        throw new Error(hint, { cause: error });
      }
    });

    test(`${file} names no machine, no process and no folder of one`, () => {
      const text = textOf(file);
      assert.doesNotMatch(text, /"identity":"[^"]*@/);
      assert.doesNotMatch(text, /[( ]\/[a-z]+\/|file:\/\//, 'absolute path');
      assert.ok(!text.includes(`@${hostname()}`));
    });
  }

  test('a workflow that calls an activity by another name is found out', async () => {
    const changed = textOf('deployed.json').replaceAll('"name":"smokeTest"', '"name":"smokeTests"');
    assert.notEqual(changed, textOf('deployed.json'));
    await assert.rejects(replay('deployed.json', changed), DeterminismViolationError);
  });

  test('a workflow that swaps two steps is found out', async () => {
    const swapped = textOf('deployed.json').replaceAll(
      /"name":"(copyTopics|seedGroups)"/g,
      (_, name: string) => `"name":"${name === 'copyTopics' ? 'seedGroups' : 'copyTopics'}"`,
    );
    assert.notEqual(swapped, textOf('deployed.json'));
    await assert.rejects(replay('deployed.json', swapped), DeterminismViolationError);
  });
});
