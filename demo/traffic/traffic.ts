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
import type { Applications } from './shapes.ts';
import { runTransactions } from './transactions.ts';

const [record, host, port, shapes] = process.argv.slice(2);
if (!record || !host || !port || !shapes)
  throw new Error('Usage: traffic <record> <host and port to report to> <applications as JSON>');
const applications = JSON.parse(shapes) as Applications;

const socket = connect({ host, port: Number(port) });
socket.setEncoding('utf8');
await once(socket, 'connect');
const report = new Reporter(socket);
const production = new Production(applications, instance => createProducer(record, instance), report);
const consumption = new Consumption(applications.groups, group => createConsumer(record, group), report);

await Promise.all([consumption.start(), production.start()]);
report.tell({ kind: 'consuming' });
if (applications.transactionalTopic !== null)
  await runTransactions(plainKafka(record, 'settlement-job'), applications.transactionalTopic, report);

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
