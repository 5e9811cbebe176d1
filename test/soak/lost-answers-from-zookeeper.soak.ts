import { after, before, suite, test } from 'node:test';
import { deploymentApis } from '../activities/kafka-undisturbed.ts';
import { startFrontedPair } from '../support/fronted-cluster.ts';
import { guarantee } from '../support/guarantee.ts';
import { lostAnswers } from './lost-answers.ts';

const { fronted, clusters } = await startFrontedPair(
  { version: '3.9.2', metadataMode: 'zookeeper' },
  { version: '4.3.1', metadataMode: 'kraft' },
);

suite("Brokers' answers lost, one API after another", { concurrency: 1 }, () => {
  const { prepare, cases } = lostAnswers(fronted, clusters, deploymentApis);
  before(prepare);
  after(() => Promise.all([clusters.blue.close(), clusters.green.close()]));

  for (const { fault, title, run } of cases) test(...guarantee({ promise: 'once', fault }, title, run));
});
