import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { Events } from '../../switching/src/events.ts';
import { Meter } from '../../switching/src/metrics.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const optionsOf = (clientId: string, metrics: Registry) => ({
  clientId,
  record: 'kafka.example.com',
  logger: quiet,
  metrics,
});

async function valueOf(registry: Registry, name: string, clientId: string): Promise<number | undefined> {
  const metric = await registry.getSingleMetric(`kafka_bluegreen_${name}`)?.get();
  return metric?.values.find(({ labels }) => labels['clientId'] === `${clientId}+bluegreen`)?.value;
}

describe('the meter', () => {
  it('is none without a registry', async () => {
    const options = { clientId: 'a', record: 'kafka.example.com', logger: quiet };
    assert.equal(await Meter.open(options, new Events(options)), null);
  });

  it('counts the clients of a shared registry apart, and registers everything once', async () => {
    const registry = new Registry();
    const [first, second] = ['one', 'two'].map(clientId => {
      const options = optionsOf(clientId, registry);
      return { options, events: new Events(options) };
    });
    assert.ok(first && second);
    await Promise.all([first, second].map(({ options, events }) => Meter.open(options, events)));
    for (const reason of ['a', 'b', 'b']) first.events.emit('stayed', { reason });
    second.events.emit('alarm', { reason: 'two values' });
    const held = { reason: 'it is asked to', records: 0, bytes: 0 };
    second.events.emit('held', held);
    assert.equal(await valueOf(registry, 'stays_total', 'one'), 2, 'each reason is told once');
    assert.equal(await valueOf(registry, 'stays_total', 'two'), undefined);
    assert.equal(await valueOf(registry, 'alarms_total', 'two'), 1);
    assert.equal(await valueOf(registry, 'holds_total', 'two'), 1);
  });

  it('tells what is buffered as long as its client is connected, and what became of it', async () => {
    const registry = new Registry();
    const options = optionsOf('one', registry);
    const meter = await Meter.open(options, new Events(options), () => 700);
    const stored = Promise.withResolvers<void>();
    const failed = Promise.withResolvers<void>();
    meter?.follow(5, stored.promise);
    meter?.follow(2, failed.promise);
    assert.equal(await valueOf(registry, 'buffered_records', 'one'), 7);
    assert.equal(await valueOf(registry, 'buffered_bytes', 'one'), 700);
    stored.resolve();
    failed.reject(new Error('refused'));
    await Promise.allSettled([stored.promise, failed.promise]);
    assert.equal(await valueOf(registry, 'buffered_records', 'one'), 0);
    assert.equal(await valueOf(registry, 'records_sent_total', 'one'), 7);
    assert.equal(await valueOf(registry, 'records_stored_total', 'one'), 5);
    assert.equal(await valueOf(registry, 'records_failed_total', 'one'), 2);
    meter?.close();
    assert.equal(await valueOf(registry, 'buffered_bytes', 'one'), undefined);
  });

  it('counts transactions by how they ended', async () => {
    const registry = new Registry();
    const options = optionsOf('one', registry);
    const meter = await Meter.open(options, new Events(options));
    for (const as of ['committed', 'aborted', 'committed', 'unknown'] as const) meter?.transactionEnded(as);
    assert.equal(await valueOf(registry, 'transactions_committed_total', 'one'), 2);
    assert.equal(await valueOf(registry, 'transactions_aborted_total', 'one'), 1);
    assert.equal(await valueOf(registry, 'transactions_unknown_total', 'one'), 1);
  });

  it('adds up what a switch tells', async () => {
    const registry = new Registry();
    const options = optionsOf('one', registry);
    const events = new Events(options);
    await Meter.open(options, events);
    const told = {
      from: 'blue',
      to: 'green',
      epoch: '2',
      durationMs: 300,
      carriedOver: 4,
      resolved: 3,
      possiblyDoubled: 2,
      transactionsUnknown: 0,
    };
    events.emit('switched', told);
    const back = { ...told, from: 'green', to: 'blue' };
    events.emit('switched', back);
    assert.equal(await valueOf(registry, 'switches_total', 'one'), 2);
    assert.equal(await valueOf(registry, 'records_carried_over_total', 'one'), 8);
    assert.equal(await valueOf(registry, 'records_resolved_total', 'one'), 6);
    assert.equal(await valueOf(registry, 'records_possibly_doubled_total', 'one'), 4);
    assert.match(await registry.metrics(), /switch_duration_seconds_sum\{[^}]*\} 0\.6\n/);
  });
});

describe('pino', () => {
  it('is a logger as it is: levels, fields and message', () => {
    const lines: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    });
    const logger = pino({ level: 'info' }, stream);
    const events = new Events({ clientId: 'one', record: 'kafka.example.com', logger }, { groupId: 'billing' });
    events.placed('blue', 1n);
    events.emit('stayed', { reason: 'DNS fails' });
    events.emit('switching', { from: 'blue', to: 'green', epoch: '2' });
    const [stayed, switching] = lines.map(line => JSON.parse(line) as Record<string, unknown>);
    assert.equal(stayed?.['level'], 40);
    assert.equal(stayed?.['msg'], 'blue/green: stayed');
    assert.equal(stayed?.['reason'], 'DNS fails');
    assert.equal(stayed?.['groupId'], 'billing');
    assert.equal(stayed?.['cluster'], 'blue');
    assert.equal(switching?.['level'], 30);
    assert.equal(switching?.['to'], 'green');
  });
});
