import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { Listener, type Target } from '../../../local/launcher/load-balancer.ts';
import { allocateOctet, type Octet } from '../../../local/octet.ts';

const PORT = 9092;

describe("a load balancer's listener", () => {
  let network: Octet;
  let listener: Listener;
  const closing: (() => void)[] = [];
  const host = (last: number) => `127.${network.octet}.200.${last}`;

  before(async () => {
    network = await allocateOctet();
    listener = await Listener.open(host(1), PORT);
    for (const last of [11, 12]) {
      const server = createServer(socket => socket.on('error', () => {}).write(`${last}`));
      server.listen(PORT, host(last));
      await once(server, 'listening');
      closing.push(() => server.close());
    }
  });
  after(async () => {
    await listener.close();
    for (const close of closing) close();
    network.release();
  });

  const target = (last: number, healthy: boolean): Target => ({
    id: `i-${last}`,
    host: host(last),
    port: PORT,
    healthy,
  });

  async function greeted(): Promise<{ socket: Socket; by: string }> {
    const socket = connect(PORT, host(1));
    const [by] = await once(socket, 'data');
    return { socket, by: String(by) };
  }

  test('gives connections to healthy targets in turn', async () => {
    listener.follow([target(11, true), target(12, true)]);
    const both = [await greeted(), await greeted()];
    assert.deepEqual(both.map(({ by }) => by).toSorted(), ['11', '12']);
    for (const { socket } of both) socket.destroy();
  });

  test('ends the connections of a target that becomes unhealthy, and no other', async () => {
    listener.follow([target(11, true)]);
    const first = await greeted();
    listener.follow([target(11, true), target(12, true)]);
    let second = await greeted();
    while (second.by !== '12') second = await greeted();
    const ended = once(first.socket, 'close');
    listener.follow([target(11, false), target(12, true)]);
    await ended;
    assert.equal(second.socket.destroyed, false);
    second.socket.destroy();
  });

  test('goes to all targets when none is healthy, and refuses when there is none', async () => {
    listener.follow([target(11, false)]);
    const open = await greeted();
    assert.equal(open.by, '11');
    const ended = once(open.socket, 'close');
    listener.follow([]);
    await ended;
    await assert.rejects(greeted(), /ECONNRESET/);
  });
});
