/** The emulator is ready when it is returned, says why when it cannot start, and never outlives its starter. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startEmulator } from '../../local/emulator.ts';
import { projectRoot } from '../../local/project-root.ts';
import { freePort, until } from './emulator/cloud.ts';

const HOST = '127.0.0.1';

describe('the emulator', () => {
  let directory: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'emulator-'));
  });
  after(() => rm(directory, { recursive: true }));

  it('answers when it is started, on its own address only, and nobody does when it is stopped', async () => {
    const port = await freePort();
    const emulator = await startEmulator({ host: HOST, port, directory });
    assert.equal(emulator.endpoint, `http://${HOST}:${port}`);
    assert.ok(await listens(port));
    assert.ok(!(await listens(port, '127.0.0.2')));
    await emulator.stop();
    assert.ok(!(await listens(port)));
    await emulator.stop();
  });

  it('that cannot have its port says so, with the end of its log', async t => {
    const server = createServer(socket => socket.destroy()).listen(0, HOST);
    t.after(() => server.close());
    await once(server, 'listening');
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    await assert.rejects(startEmulator({ host: HOST, port: address.port, directory }), {
      message: /ended with code 1\. The end of .*emulator\.log:\n.*already in use/s,
    });
  });

  it('ends with a starter that is killed', async () => {
    const port = await freePort();
    const start = `
      import { startEmulator } from ${JSON.stringify(join(projectRoot(), 'local/emulator.ts'))};
      await startEmulator({ host: '${HOST}', port: ${port}, directory: ${JSON.stringify(directory)} });
      console.log('started');
      setInterval(() => {}, 1_000);`;
    const starter = spawn(process.execPath, ['--input-type=module', '--eval', start], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(starter.stdout, 'data');
    assert.ok(await listens(port));
    starter.kill('SIGKILL');
    await until(`port ${port} to be closed`, async () => ((await listens(port)) ? undefined : true));
  });

  for (const [what, python, sentence] of [
    [
      'another version of ministack',
      `upstream.PINNED_VERSION = '0.0.1'; upstream.require_pinned_version()`,
      /(?:^|\n)emulator: written for ministack 0\.0\.1, found [^\n]+\n$/,
    ],
    [
      'a ministack that has a type of its own by now',
      `upstream.add_resource_type('AWS::EC2::VPC', {})`,
      /(?:^|\n)emulator: ministack now has AWS::EC2::VPC of its own; drop it from the overlay\.\n$/,
    ],
    [
      'a ministack that lacks what it changes',
      `from ministack.services import ec2; upstream.replace(ec2, '_gone', lambda original: original)`,
      /(?:^|\n)emulator: ministack [^\n]+ has no _gone in ministack\.services\.ec2; [^\n]+\n$/,
    ],
  ] as const) {
    it(`refuses ${what} in one sentence`, () => {
      const root = projectRoot();
      const overlay = JSON.stringify(join(root, 'local/emulator'));
      const script = `import sys; sys.dont_write_bytecode = True; sys.path.insert(0, ${overlay}); import upstream; ${python}`;
      const run = spawnSync(join(root, '.tools/python/bin/python'), ['-c', script], {
        encoding: 'utf8',
        env: { LOG_LEVEL: 'ERROR' },
      });
      assert.equal(run.status, 1);
      assert.match(run.stderr, sentence);
    });
  }

  for (const [what, path, content] of [
    ['a health that is none', 'target-health', { 'i-1': { State: 'fine' } }],
    ['a fault without a resource', 'stack-faults', [{ op: 'create', message: 'no' }]],
    ['a fault of no operation', 'stack-faults', [{ op: 'update', logicalId: 'Disk', message: 'no' }]],
  ] as const) {
    it(`refuses ${what}, and says what it takes`, async () => {
      const emulator = await startEmulator({ host: HOST, port: await freePort(), directory });
      const request = { method: 'POST', body: JSON.stringify(content) };
      const response = await fetch(`${emulator.endpoint}/_emulator/${path}`, request);
      await emulator.stop();
      assert.equal(response.status, 400);
      assert.match(await response.text(), /has to be|needs/);
    });
  }
});

async function listens(port: number, host = HOST): Promise<boolean> {
  const socket = connect({ port, host });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
