/** The producer's whole fault matrix in full length, from three brokers of 3.9 to 4.3, judged by the demo's auditor. */
import { after, describe, test } from 'node:test';
import { startFrontedCluster } from '../support/fronted-cluster.ts';
import { guarantee } from '../support/guarantee.ts';
import { startDnsServer } from '../switching/dns-server.ts';
import { FULL } from '../switching/faults/case.ts';
import { goneCases } from '../switching/faults/gone.ts';
import { nameCases } from '../switching/faults/names.ts';
import { processCases } from '../switching/faults/processes.ts';
import { leaderKilled, trafficCases } from '../switching/faults/traffic.ts';

const [blue, green, dns] = await Promise.all([
  startFrontedCluster({ version: '3.9.2', metadataMode: 'kraft', brokers: 3 }),
  startFrontedCluster({ version: '4.3.1', metadataMode: 'kraft', brokers: 1 }),
  startDnsServer('127.0.0.1'),
]);
after(() => dns.stop());

describe('a producer that crosses from one cluster to another', { concurrency: 1 }, () => {
  for (const { fault, title, run } of [...trafficCases, ...goneCases, ...nameCases, ...processCases, leaderKilled])
    test(
      ...guarantee({ promise: 'nothingLost', fault: `${fault} (full length)` }, `${fault}: ${title}`, () =>
        run({ blue, green, dns }, FULL),
      ),
    );
});
