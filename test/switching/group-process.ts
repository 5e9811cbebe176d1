/** A service with one consumer as a process of its own, told by its arguments; it writes what it does as JSON lines. */
import { setTimeout as delay } from 'node:timers/promises';
import { BlueGreenConsumer } from '../../switching/src/consumer.ts';

const [record = '', server = '', groupId = '', topic = ''] = process.argv.slice(2);
const tell = (what: object) => process.stdout.write(`${JSON.stringify({ ...what, atMs: Date.now() })}\n`);
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

const consumer = new BlueGreenConsumer({
  clientId: 'orders-service',
  record,
  groupId,
  resolver: { servers: [server] },
  logger: quiet,
  signpostPollMs: 100,
  switchJitterMs: 20,
  consumer: { maxWaitTimeInMs: 100, sessionTimeout: 2_000, heartbeatInterval: 300 },
});
consumer.on(consumer.events.GROUP_JOIN, () => tell({ event: 'joined' }));
consumer.on('switching', () => tell({ event: 'switching' }));
consumer.on('switched', () => tell({ event: 'switched' }));
await consumer.connect();
await consumer.subscribe({ topics: [topic], fromBeginning: true });
await consumer.run({
  eachMessage: async ({ partition, message }) => {
    const value = String(message.value);
    tell({ event: 'began', partition, value });
    await delay(5);
    tell({ event: 'ended', partition, value });
  },
});
