/**
 * The applications of the demo in one process: four producer instances and four groups. It reports to the demo over one
 * socket, and ends when told to or when the demo is gone.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { createConsumer, createProducer, plainKafka } from './clients.ts';
import { Consumption } from './consumption.ts';
import { readMessages, type ToTraffic } from './messages.ts';
import { Production } from './production.ts';
import { Reporter } from './reporter.ts';
import { runTransactions } from './transactions.ts';

const [record, host, port] = process.argv.slice(2);
if (!record || !host || !port) throw new Error('Usage: traffic <record> <host and port to report to>');

const socket = connect({ host, port: Number(port) });
socket.setEncoding('utf8');
await once(socket, 'connect');
const report = new Reporter(socket);
const production = new Production(instance => createProducer(record, instance), report);
const consumption = new Consumption(group => createConsumer(record, group), report);

await Promise.all([consumption.start(), production.start()]);
report.tell({ kind: 'consuming' });
await runTransactions(plainKafka(record, 'settlement-job'), report);

for await (const message of readMessages<ToTraffic>(socket)) {
  if (message.kind === 'stop-producing') {
    await production.stop();
    report.tell({ kind: 'stopped-producing' });
  } else {
    await consumption.stop();
    await report.close();
    break;
  }
}
process.exit(0);
