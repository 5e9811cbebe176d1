import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

test('a consumer that is stopped while one of its brokers goes away stops, and does not freeze its process', () => {
  // In one of its own: where it freezes nothing else runs there, no time-out either.
  const program = join(import.meta.dirname, 'stopped-runner.ts');
  const { stdout } = spawnSync(process.execPath, [program], { encoding: 'utf8', timeout: 20_000 });
  assert.equal(stdout, 'stopped');
});
