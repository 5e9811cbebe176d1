import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { resolveSecret } from '../../aws/secrets.ts';

test('A secret is read from the environment, or from a file without its last line end', async () => {
  assert.equal(await resolveSecret('env:PASSWORD', { PASSWORD: 's3cret' }), 's3cret');
  const directory = await mkdtemp(join(tmpdir(), 'secret-'));
  try {
    await writeFile(join(directory, 'password'), 'two\nlines\n');
    assert.equal(await resolveSecret(`file:${directory}/password`), 'two\nlines');
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('A secret that is not there is refused by name', async () => {
  for (const name of ['env:PASSWORD', 'file:/nonexistent/password'])
    await assert.rejects(() => resolveSecret(name, {}), { name: 'SecretMissing', message: new RegExp(name) });
});

test('What is no name of a secret is not repeated', async () => {
  await assert.rejects(
    () => resolveSecret('hunter2', {}),
    (error: Error) => error.name === 'SecretMissing' && !error.message.includes('hunter2'),
  );
});
