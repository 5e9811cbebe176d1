import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { identifyCluster } from '../../switching/src/cluster-check.ts';
import { Lane } from '../../switching/src/lane.ts';
import { TicketReader } from '../../switching/src/ticket-reader.ts';
import { eventually } from './eventually.ts';
import { type SilentAddress, silentAddress } from './silent-address.ts';

const options = { clientId: 'orders-service', record: 'kafka.orders.example.com' };

describe('a cluster that takes connections and never answers', () => {
  let silent: SilentAddress;
  before(async () => {
    silent = await silentAddress();
  });
  after(() => silent.close());

  /** Begins, gives up once the connection stands, and returns what that led to. */
  async function givenUp<T>(begin: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const met = silent.met();
    const givingUp = new AbortController();
    const begun = begin(givingUp.signal);
    begun.catch(() => undefined);
    await eventually('it is connected', () => silent.met() > met);
    givingUp.abort(new Error('disconnect was called'));
    return begun;
  }

  test('is not waited for by who asked which cluster it is and gave up', async () => {
    const given = givenUp(signal => identifyCluster(silent.address, options, signal));
    await assert.rejects(given, /disconnect was called/);
    await eventually('its connection is closed', () => silent.open() === 0);
  });

  test('is not waited for by who was to write to it and gave up', async () => {
    const config = { clientId: 'orders-service' };
    const given = givenUp(signal => Lane.open({ config, seeds: [silent.address], clusterId: 'green' }, signal));
    await assert.rejects(given, /disconnect was called/);
    await eventually('its connection is closed', () => silent.open() === 0);
  });

  test("is not waited for by who was to read a group's ticket and gave up, and the ticket is not taken for absent", async () => {
    const tickets = new TicketReader(options, 'billing');
    const read = givenUp(signal => tickets.read({ id: 'green', address: silent.address }, signal));
    assert.deepEqual(await read, { kind: 'unreadable', reason: 'disconnect was called' });
    await tickets.close();
  });
});
