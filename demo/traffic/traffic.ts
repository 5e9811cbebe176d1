/**
 * Applications in one process: producer instances and groups. It reports to the demo over one socket, and ends when told to or
 * when the demo is gone.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { clientsOf, plainKafka } from './clients.ts';
import { Consumption } from './consumption.ts';
import { readMessages, type ToTraffic, type TrafficTask } from './messages.ts';
import { Production } from './production.ts';
import { Reporter } from './reporter.ts';
import { runTransactions } from './transactions.ts';

const [host, port, json] = process.argv.slice(2);
if (!host || !port || !json) throw new Error('Usage: traffic <host and port to report to> <task as JSON>');
const task = JSON.parse(json) as TrafficTask;
const { applications } = task;

const socket = connect({ host, port: Number(port) });
socket.setEncoding('utf8');
await once(socket, 'connect');
const report = new Reporter(socket);
const clients = clientsOf(task.clients, task);
const production = new Production(applications, clients.producer, report, task.firstSequence);
const consumption = new Consumption(applications.groups, clients.consumer, report);

await Promise.all([consumption.start(), production.start()]);
report.tell({ kind: 'consuming' });
if (applications.transactionalTopic !== null)
  await runTransactions(plainKafka(task.record, 'settlement-job'), applications.transactionalTopic, report);

/** Answers the exit code when the process is to end. */
async function obey(message: ToTraffic): Promise<number | null> {
  switch (message.kind) {
    case 'stop-producing':
      await production.stop();
      report.tell({ kind: 'stopped-producing' });
      return null;
    case 'stop-group':
      await consumption.stopGroup(message.group);
      report.tell({ kind: 'group-stopped', group: message.group });
      return null;
    case 'start-group':
      await consumption.startGroup(message.group);
      report.tell({ kind: 'group-started', group: message.group });
      return null;
    case 'die':
      report.tell({ kind: 'unanswered', count: production.abandon() });
      await report.close();
      return 1;
    case 'stop':
      await consumption.stop();
      await report.close();
      return 0;
  }
}

for await (const message of readMessages<ToTraffic>(socket)) {
  const code = await obey(message);
  if (code !== null) process.exit(code);
}
process.exit(0);
