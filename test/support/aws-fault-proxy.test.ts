import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { until } from '../../local/until.ts';
import { type AwsFaultProxy, type FaultKind, startAwsFaultProxy } from './aws-fault-proxy.ts';

let effects = 0;
let upstream: Server;
let proxy: AwsFaultProxy;

before(async () => {
  upstream = createServer((request, response) => {
    effects += 1;
    request.resume().once('end', () => response.end('done'));
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const { port } = upstream.address() as AddressInfo;
  proxy = await startAwsFaultProxy({ upstream: `http://127.0.0.1:${port}` });
});
after(async () => {
  await proxy.stop();
  upstream.close();
  upstream.closeAllConnections();
});
beforeEach(() => {
  effects = 0;
});

type Seen = { readonly status: number; readonly text: string } | 'broken';

async function call(action = 'CreateStack'): Promise<Seen> {
  try {
    const response = await fetch(proxy.endpoint, { method: 'POST', body: new URLSearchParams({ Action: action }) });
    return { status: response.status, text: await response.text() };
  } catch {
    return 'broken';
  }
}

const faults: { kind: FaultKind; effects: number; seen: (seen: Seen) => boolean }[] = [
  { kind: { kind: 'drop-before-effect' }, effects: 0, seen: seen => seen === 'broken' },
  { kind: { kind: 'drop-after-effect' }, effects: 1, seen: seen => seen === 'broken' },
  {
    kind: { kind: 'error-before-effect', status: 400, code: 'Throttling' },
    effects: 0,
    seen: seen => seen !== 'broken' && seen.status === 400 && seen.text.includes('<Code>Throttling</Code>'),
  },
  {
    kind: { kind: 'error-after-effect', status: 503, code: 'ServiceUnavailable' },
    effects: 1,
    seen: seen => seen !== 'broken' && seen.status === 503,
  },
  { kind: { kind: 'cut-answer' }, effects: 1, seen: seen => seen === 'broken' },
  { kind: { kind: 'delay', ms: 10 }, effects: 1, seen: seen => seen !== 'broken' && seen.text === 'done' },
];
for (const fault of faults) {
  test(`A fault of the kind ${fault.kind.kind} hits one call of its action, and the next goes through`, async () => {
    proxy.inject([{ action: 'CreateStack', kind: fault.kind }]);
    assert.deepEqual(await call('DeleteStack'), { status: 200, text: 'done' });
    effects = 0;
    const seen = await call();
    assert.ok(fault.seen(seen), JSON.stringify(seen));
    assert.equal(effects, fault.effects);
    assert.deepEqual(await call(), { status: 200, text: 'done' });
    assert.deepEqual(
      [...proxy.calls],
      [
        ['DeleteStack', 1],
        ['CreateStack', 2],
      ],
    );
  });
}

test('A fault may spare the first calls and hit several', async () => {
  proxy.inject([{ action: 'CreateStack', skip: 1, times: 2, kind: { kind: 'drop-before-effect' } }]);
  const seen = [await call(), await call(), await call(), await call()];
  assert.deepEqual(
    seen.map(s => s === 'broken'),
    [false, true, true, false],
  );
});

test('A look is behind for a while after a write: it is answered as before, or with nothing that it never saw', async () => {
  proxy.inject([{ action: 'DescribeStacks', kind: { kind: 'behind', ms: 200 } }]);
  assert.deepEqual(await call('DescribeStacks'), { status: 200, text: 'done' }, 'nothing was written yet');
  await call('CreateStack');
  effects = 0;
  assert.deepEqual(await call('DescribeStacks'), { status: 200, text: 'done' });
  assert.equal(effects, 0, 'the old answer');
  assert.deepEqual(
    [...proxy.struck, proxy.writes.map(({ action, status }) => [action, status])],
    [['DescribeStacks', 1], [['CreateStack', 200]]],
  );
  await until('the look is up to date', async () => (await call('DescribeStacks'), effects > 0), { withinMs: 5_000 });
});
