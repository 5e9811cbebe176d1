/** The producer's fault matrix on two real clusters: one fault of each kind, for some seconds. The soak plays all in full length. */
import { after, describe, test } from 'node:test';
import { startFrontedCluster } from '../support/fronted-cluster.ts';
import { guarantee } from '../support/guarantee.ts';
import { startDnsServer } from './dns-server.ts';
import { BRIEF } from './faults/case.ts';
import { goneCases } from './faults/gone.ts';
import { nameCases } from './faults/names.ts';
import { processCases } from './faults/processes.ts';
import { trafficCases } from './faults/traffic.ts';

const [blue, green, dns] = await Promise.all([
  startFrontedCluster({ version: '3.9.2', metadataMode: 'kraft', brokers: 1 }),
  startFrontedCluster({ version: '4.3.1', metadataMode: 'kraft', brokers: 1 }),
  startDnsServer('127.0.0.1'),
]);
after(() => dns.stop());

describe('a producer that crosses from one cluster to another', { concurrency: 1 }, () => {
  for (const { fault, title, run } of [...trafficCases, ...goneCases, ...nameCases, ...processCases].filter(
    ({ brief }) => brief,
  ))
    test(...guarantee({ promise: 'nothingLost', fault }, `${fault}: ${title}`, () => run({ blue, green, dns }, BRIEF)));
});
