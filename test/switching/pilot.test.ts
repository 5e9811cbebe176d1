import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as later, setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { UnknownTopic } from '../../switching/src/errors.ts';
import { Events } from '../../switching/src/events.ts';
import { Turns } from '../../switching/src/one-at-a-time.ts';
import { type Outside, Pilot } from '../../switching/src/pilot.ts';
import { Sender, type SendingLane } from '../../switching/src/sender.ts';
import { formatSignpost, type Signpost } from '../../switching/src/signpost.ts';
import { seed } from '../support/seed.ts';
import { eventually } from './eventually.ts';
import { type Appended, FakeCluster } from './fake-cluster.ts';

const RECORD = 'kafka.orders.example.com';
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

function signpost(epoch: number, write: 'blue' | 'green' | 'hold', addresses = { blue: 'b:1', green: 'g:1' }): string {
  const said: Signpost = {
    epoch: BigInt(epoch),
    by: 'd1',
    write: write === 'hold' ? { kind: 'hold' } : { kind: 'cluster', id: write },
    read: 'blue',
    drain: null,
    addresses: new Map(Object.entries(addresses)),
  };
  return formatSignpost(said);
}

/** A producer's pilot, sender and buffer between two clusters in memory; turns are its own unless others are given. */
class Producer {
  readonly journal: Appended[] = [];
  readonly clusters = {
    blue: new FakeCluster('blue', this.journal, () => 'none'),
    green: new FakeCluster('green', this.journal, () => 'none'),
  };
  readonly alarms: string[] = [];
  readonly sent: string[] = [];
  readonly fates = new Map<string, string>();
  readonly seeds: (readonly string[])[] = [];
  /** Topics that a cluster does not have. */
  readonly lacks = { blue: new Set<string>(), green: new Set<string>() };
  says: string | null;
  /** What the ways to a cluster wait for. */
  opening: () => Promise<void> = () => nextTurn();
  jitter: (signal: AbortSignal) => Promise<void> = () => nextTurn();
  readonly sender: Sender;
  readonly pilot: Pilot;

  constructor(says: string | null, turns: Outside['turns'] = new Turns({ now: () => 0, wait: async () => undefined })) {
    this.says = says;
    const options = {
      clientId: 'orders-service',
      record: RECORD,
      logger: quiet,
      signpostPollMs: 1,
      resolver: {
        resolveTxt: async () => {
          if (this.says === null) throw Object.assign(new Error('none'), { code: 'ENOTFOUND' });
          return [[this.says]];
        },
      },
    };
    const events = new Events(options);
    events.on('alarm', ({ reason }) => this.alarms.push(reason));
    this.sender = new Sender({
      maxBatchBytes: 300,
      fenced: (lane, topic) => this.pilot.fenced(lane.clusterId, topic),
      gone: async () => false,
      unknowable: () => assert.fail('all answer'),
      rightMissing: () => undefined,
      pause: () => nextTurn(),
      settled: () => undefined,
    });
    this.pilot = new Pilot(options, events, this.sender, undefined, {
      identify: async address => ({ clusterId: address.startsWith('g') ? 'green' : 'blue', brokers: [address] }),
      open: async (place, signal) => {
        await this.opening();
        signal.throwIfAborted();
        return this.#lane(place.clusterId === 'green' ? 'green' : 'blue');
      },
      turns,
      wait: (_, signal) => this.jitter(signal),
    });
  }

  #lane(id: 'blue' | 'green'): SendingLane {
    return {
      ...this.clusters[id].lane(),
      count: async topics =>
        new Map(topics.map(topic => [topic, this.lacks[id].has(topic) ? new UnknownTopic(topic) : 3])),
      reseed: seeds => void this.seeds.push(seeds),
    };
  }

  send(topic = 'orders'): void {
    const value = String(this.sent.length);
    this.sent.push(value);
    const asker = {
      stored: () => void this.fates.set(value, 'stored'),
      failed: (error: Error) => void this.fates.set(value, error.message),
    };
    const payload = { key: null, value, timestamp: 0, headers: {}, asker };
    this.sender.add(topic, 0, { payload, bytes: 100, compression: 0 });
  }

  async end(): Promise<void> {
    await this.pilot.stop();
    await this.sender.close();
  }
}

async function started(t: TestContext, says: string | null, turns?: Outside['turns']): Promise<Producer> {
  const producer = new Producer(says, turns);
  t.after(() => producer.end());
  await producer.pilot.start();
  return producer;
}

describe('a producer that follows the signpost', () => {
  test('holds at once while it waits for the switch of another', async t => {
    let busy = false;
    let queued = false;
    const turns: Outside['turns'] = {
      oneAtATime: (_, act, signal) => {
        if (!busy) return act();
        queued = true;
        return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
      newClient: async () => undefined,
    };
    const producer = await started(t, signpost(1, 'blue'), turns);
    busy = true;
    producer.says = signpost(2, 'green');
    await eventually('it waits for its turn', () => queued);
    producer.says = signpost(3, 'hold');
    await eventually('it holds', () => producer.sender.holding?.epoch === '3');
    producer.says = signpost(4, 'blue');
    await eventually('it goes on', () => producer.sender.holding === null);
    assert.equal(producer.sender.lane?.clusterId, 'blue');
  });

  test('ends at once within its jitter', async t => {
    const producer = await started(t, signpost(1, 'blue'), {
      oneAtATime: (_, act) => act(),
      newClient: async () => undefined,
    });
    let jittering = false;
    producer.jitter = signal => {
      jittering = true;
      return new Promise(resolve => signal.addEventListener('abort', () => resolve()));
    };
    producer.says = signpost(2, 'green');
    await eventually('it is on its way', () => jittering);
    await producer.pilot.stop();
    assert.equal(producer.sender.lane?.clusterId, 'blue');
  });

  test('does not join by the record again while it renews its producer id', async t => {
    const producer = await started(t, null);
    assert.equal(producer.sender.lane?.clusterId, 'blue');
    let opened = 0;
    producer.opening = async () => void (opened += 1);
    const { lane } = producer.sender;
    assert.ok(lane);
    lane.another = () => new Promise(() => undefined);
    lane.produce = async () => {
      throw Object.assign(new Error('spent'), { type: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
    };
    producer.send();
    await eventually('its producer id is spent', () => producer.sender.lane === null);
    await later(20);
    assert.equal(opened, 0);
  });

  test('moves although a topic it once wrote is nowhere any more, and not while only the next cluster lacks one', async t => {
    const producer = await started(t, signpost(1, 'blue'));
    producer.send('deleted');
    await eventually('it is stored', () => producer.fates.get('0') === 'stored');
    producer.lacks.green.add('deleted');
    producer.says = signpost(2, 'green');
    await eventually('it says why it stays', () =>
      producer.alarms.some(reason => /cannot take records of deleted/.test(reason)),
    );
    assert.equal(producer.sender.lane?.clusterId, 'blue');
    producer.lacks.blue.add('deleted');
    await eventually('it moves', () => producer.sender.lane?.clusterId === 'green');
  });

  test('learns a new address of the cluster it is on', async t => {
    const producer = await started(t, signpost(1, 'blue'));
    producer.says = signpost(2, 'blue', { blue: 'b2:1', green: 'g:1' });
    await eventually('it is told', () => producer.seeds.some(seeds => seeds.includes('b2:1')));
    assert.deepEqual(producer.pilot.place?.seeds, ['b2:1']);
  });

  test('whatever epochs come at whatever moment ends where the last one says, or at once when it is ended', async () => {
    const step = fc.constantFrom<'blue' | 'green' | 'hold' | 'send' | 'turns' | 'stuck' | 'free'>(
      'blue',
      'green',
      'hold',
      'send',
      'turns',
      'stuck',
      'free',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.boolean(), async (steps, disconnects) => {
        const producer = new Producer(signpost(1, 'blue'), new Turns({ now: () => 0, wait: async () => undefined }));
        await producer.pilot.start();
        let last: 'blue' | 'green' | 'hold' = 'blue';
        let release: () => void = () => undefined;
        for (const [at, one] of steps.entries()) {
          if (one === 'send') producer.send();
          else if (one === 'turns') await later(2);
          else if (one === 'stuck') producer.opening = () => new Promise<void>(resolve => (release = resolve));
          else if (one === 'free') {
            producer.opening = () => nextTurn();
            release();
          } else {
            last = one;
            producer.says = signpost(at + 2, one);
            if (one === 'hold') await eventually('it holds whatever it does', () => producer.sender.holding !== null);
          }
        }
        if (!disconnects) {
          if (last === 'hold') producer.says = signpost(1_000, (last = 'green'));
          producer.opening = () => nextTurn();
          release();
          await eventually(
            'it is where the last epoch says, and all is stored',
            () => producer.sender.lane?.clusterId === last && producer.fates.size === producer.sent.length,
          );
          assert.deepEqual(
            producer.journal.map(({ value }) => value),
            producer.sent,
          );
        }
        release();
        await producer.end();
        for (const { openLanes } of Object.values(producer.clusters)) assert.equal(openLanes, 0, 'a lane is left open');
        const stored = producer.journal.map(({ value }) => value);
        assert.deepEqual(stored, producer.sent.slice(0, stored.length));
      }),
      { numRuns: 100, seed },
    );
  });
});
