import { after, before, suite, test } from 'node:test';
import { connectCluster } from '../../kafka/cluster.ts';
import { deploymentApis } from '../activities/kafka-undisturbed.ts';
import { startFrontedCluster } from '../support/fronted-cluster.ts';
import { guarantee } from '../support/guarantee.ts';
import { lostAnswers } from './lost-answers.ts';

const [blue, green] = await Promise.all([
  startFrontedCluster({ version: '3.9.2', metadataMode: 'zookeeper' }),
  startFrontedCluster({ version: '4.3.1', metadataMode: 'kraft' }),
]);
const clusters = {
  blue: await connectCluster({ bootstrap: blue.brokers.bootstrap }),
  green: await connectCluster({ bootstrap: green.brokers.bootstrap }),
};

suite("Brokers' answers lost, one API after another", { concurrency: 1 }, () => {
  const { prepare, cases } = lostAnswers({ blue, green }, clusters, deploymentApis);
  before(prepare);
  after(() => Promise.all([clusters.blue.close(), clusters.green.close()]));

  for (const { fault, title, run } of cases) test(...guarantee({ promise: 'once', fault }, title, run));
});
