import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { smokeTest } from '../../kafka/smoke.ts';
import { startFrontedPair } from '../support/fronted-cluster.ts';
import { guarantee } from '../support/guarantee.ts';
import { type Rehearsed, rehearse } from './kafka-rehearsal.ts';
import { apisOf, assertAsUndisturbed, assertStruck, deploymentApis } from './kafka-undisturbed.ts';

const SLOW_MS = 6_000;

const { fronted, clusters } = await startFrontedPair(
  { version: '3.9.2', metadataMode: 'zookeeper' },
  { version: '4.3.1', metadataMode: 'kraft' },
);

suite("What is done to Kafka when brokers' answers are lost", { concurrency: 1 }, () => {
  let undisturbed: readonly Rehearsed[] = [];
  after(() => Promise.all([clusters.blue.close(), clusters.green.close()]));

  test('Undisturbed, every step succeeds at its first attempt and asks for nothing that is not disturbed below', async () => {
    undisturbed = await rehearse(fronted, clusters, {});
    assert.deepEqual(
      undisturbed.filter(r => r.attempts > 1).map(r => r.step),
      [],
    );
    assert.deepEqual(apisOf(undisturbed), [...deploymentApis]);
  });

  test(
    ...guarantee(
      { promise: 'once', fault: 'each of 33 broker APIs loses its first answer in every step, the effect done' },
      'Every step that touches Kafka comes to the same end, and does nothing twice',
      async () => {
        const kind = { kind: 'cut-after-effect' } as const;
        const disturbed = await rehearse(fronted, clusters, { faults: [{ api: 'each', kind }] });
        assertStruck(disturbed, deploymentApis);
        assertAsUndisturbed(disturbed, undisturbed);
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'once', fault: 'one broker hangs up while another is slow to answer' },
      'The smoke test finds each of its records once',
      async () => {
        const { proxy } = fronted.green;
        proxy.inject([
          { api: 'Produce', kind: { kind: 'delay', ms: SLOW_MS } },
          { api: 'Produce', kind: { kind: 'cut-after-effect' } },
        ]);
        const { produced, consumedInOrder } = await smokeTest({
          bootstrap: proxy.bootstrap,
          deployment: '0123456789ab',
        });
        assert.equal(proxy.hits.get('Produce'), 2);
        proxy.inject([]);
        assert.equal(consumedInOrder, produced);
      },
    ),
  );
});
