/**
 * An application in a process of its own, for tests that kill it: one producer and its load. It tells its parent of every
 * acknowledgement as it comes, and ends with its parent.
 */
import { once } from 'node:events';
import { BlueGreenProducer } from '../../../switching/src/producer.ts';
import { KeyedLoad } from '../keyed-load.ts';
import type { ApplicationTask, FromApplication } from './application-process.ts';

const { options, topic, keys, instance } = JSON.parse(process.argv[2] ?? '') as ApplicationTask;
const tell = (message: FromApplication) => void process.send?.(message);

const producer = new BlueGreenProducer({ ...options, logger: { debug() {}, info() {}, warn() {}, error() {} } });
producer.on('switching', ({ to }) => tell({ kind: 'switching', to }));
producer.on('switched', ({ to }) => tell({ kind: 'switched', to }));
process.once('disconnect', () => process.exit());
await producer.connect();
const load = new KeyedLoad(producer, topic, keys, {
  producer: instance,
  acknowledged: name => tell({ kind: 'acknowledged', name, atMs: Date.now() }),
});
await once(process, 'message');
await load.stop();
await producer.disconnect();
const stopped: FromApplication = { kind: 'stopped', failures: load.failures.map(({ error }) => String(error)) };
// What waits to be written when the channel closes is never heard.
process.send?.(stopped, () => process.disconnect());
