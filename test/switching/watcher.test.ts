import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Events } from '../../switching/src/events.ts';
import { signpostName } from '../../switching/src/signpost.ts';
import { pauseMs, SignpostWatcher, type Standing } from '../../switching/src/watcher.ts';
import { type DnsServer, startDnsServer } from './dns-server.ts';

const RECORD = 'kafka.orders.example.com';
const text = (epoch: number, write = 'a', by = '-') =>
  `v=1 epoch=${epoch} by=${by} write=${write} read=a drain=- a=a.example.com:9092 b=b.example.com:9092`;

async function watching(t: TestContext, connectTimeoutMs = 10_000) {
  const dns: DnsServer = await startDnsServer('127.0.0.1');
  const quiet = () => {};
  const options = {
    clientId: 'test',
    record: RECORD,
    resolver: { servers: [dns.server] },
    logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    signpostPollMs: 5,
    connectTimeoutMs,
  };
  const events = new Events(options);
  const reasons: string[] = [];
  for (const event of ['stayed', 'alarm'] as const)
    events.on(event, ({ reason }) => reasons.push(`${event}: ${reason}`));
  const watcher = new SignpostWatcher(options, events);
  t.after(async () => {
    watcher.stop();
    await dns.stop();
  });
  return { watcher, reasons, answer: dns.set.bind(dns, signpostName(RECORD)) };
}

const epochOf = (standing: Standing | null) => (standing?.kind === 'signpost' ? standing.signpost.epoch : null);

describe('signpost watcher', () => {
  it('reads a signpost of several parts, and tells of each higher epoch', async t => {
    const { watcher, answer } = await watching(t);
    const padding = `future=${'x'.repeat(300)}`;
    answer([`${text(7)} ${padding}`]);
    assert.equal(epochOf(await watcher.start()), 7n);
    const next = new Promise<Standing>(resolve => {
      watcher.subscribe(standing => {
        if (epochOf(standing) !== 7n) resolve(standing);
      });
    });
    answer([text(8, 'b')]);
    assert.equal(epochOf(await next), 8n);
  });

  it('waits at the start while DNS fails, and gives up with the reason', async t => {
    const { watcher, answer } = await watching(t, 300);
    answer('fail');
    await assert.rejects(watcher.start(), /orders.example.com .* ESERVFAIL/);
  });

  it('starts without a signpost only when there really is none', async t => {
    const { watcher, answer, reasons } = await watching(t);
    answer('fail');
    const started = watcher.start();
    while (reasons.length === 0) await watcher.look();
    answer('absent');
    assert.deepEqual(await started, { kind: 'absent' });
  });

  it('keeps the last signpost whatever DNS says later, and says why', async t => {
    const { watcher, answer, reasons } = await watching(t);
    answer([text(7)]);
    await watcher.start();
    const afterwards = [
      ['fail', /^stayed: .*ESERVFAIL/],
      ['absent', /^stayed: .*epoch 7 is gone/],
      [['v=1 nonsense'], /^stayed: .*no key=value/],
      [[text(7), text(8)], /^alarm: .*2 values/],
      [[text(7, 'b')], /^alarm: .*two contents/],
      [[text(6, 'b')], /^stayed: .*older/],
    ] as const;
    for (const [given, reason] of afterwards) {
      answer(given);
      await watcher.look();
      assert.match(reasons.at(-1) ?? '', reason);
      assert.equal(epochOf(watcher.standing), 7n);
    }
  });

  it('asks every two seconds during a deployment, five times less often when all is steady', async t => {
    const { watcher, answer } = await watching(t);
    answer([text(7, 'a', '0123456789ab')]);
    const during = await watcher.start();
    assert.ok(during.kind === 'signpost');
    const unchanged = { kind: 'unchanged', signpost: during.signpost } as const;
    const steady = { kind: 'signpost', signpost: { ...during.signpost, by: null } } as const;
    assert.equal(pauseMs(during, unchanged, 2_000, 0.5), 2_000);
    assert.equal(pauseMs(steady, unchanged, 2_000, 0.5), 10_000);
    assert.equal(pauseMs(steady, { kind: 'stay', reason: '' }, 2_000, 0.5), 2_000);
    assert.ok(pauseMs(during, unchanged, 2_000, 0) >= 1_500 && pauseMs(during, unchanged, 2_000, 0.999) <= 2_500);
  });
});
