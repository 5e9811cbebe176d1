import { after, before, suite, test } from 'node:test';
import { deploymentApis } from '../activities/kafka-undisturbed.ts';
import { guarantee } from '../support/guarantee.ts';
import { lostAnswers, PAIRS } from './lost-answers.ts';

const { prepare, cases, close } = await lostAnswers(
  { version: '4.3.1', metadataMode: 'kraft' },
  { version: '3.9.2', metadataMode: 'zookeeper' },
  [...deploymentApis, 'ConsumerGroupDescribe'].toSorted(),
);

suite("Brokers' answers lost, one API after another", { concurrency: PAIRS }, () => {
  before(prepare);
  after(close);

  for (const { fault, title, run } of cases) test(...guarantee({ promise: 'once', fault }, title, run));
});
