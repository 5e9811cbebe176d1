import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { HostsFile } from '../../../local/dns/hosts-file.ts';
import { temporaryDirectory } from '../../support/cluster.ts';
import { BLUE, BLUE_ADDRESS, cname, GREEN, GREEN_ADDRESS, namesWith, RECORD, soa } from './sample-names.ts';

test('the hosts file follows the record, is replaced as a whole, and is left alone when nothing changed', async () => {
  const directory = await temporaryDirectory('hosts-');
  const path = join(directory, 'hosts');
  const file = new HostsFile(path);
  await file.follow(namesWith(soa(5, 5), cname(BLUE)));
  assert.match(await readFile(path, 'utf8'), new RegExp(`^${BLUE_ADDRESS} ${RECORD}$`, 'm'));
  const { ino } = await stat(path);
  await file.follow(namesWith(soa(5, 5), cname(BLUE)));
  assert.equal((await stat(path)).ino, ino);
  await file.follow(namesWith(soa(5, 5), cname(GREEN)));
  const text = await readFile(path, 'utf8');
  assert.match(text, new RegExp(`^${GREEN_ADDRESS} ${RECORD}$`, 'm'));
  assert.match(text, /^127\.0\.0\.1 localhost/);
  assert.deepEqual(await readdir(directory), ['hosts']);
});
