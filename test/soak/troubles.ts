/** What people do to a deployment that runs, how it says so, and how each is mended. */
import assert from 'node:assert/strict';
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import type { Phase } from '../../contract/phases.ts';
import { until } from '../../local/until.ts';
import { BLUE, GREEN } from '../e2e/deployment.ts';
import { laterEpoch, overwriteRecord } from '../e2e/trouble.ts';
import type { FlippedDeployment } from './flipped.ts';

export interface Trouble {
  readonly name: string;
  readonly fault: string;
  readonly phases: readonly Phase[];
  /** Makes it; answers what mending needs to know. */
  readonly make: (deployment: FlippedDeployment) => Promise<ResourceRecordSet | null>;
  /** Meets the holds that it causes, and mends it. */
  readonly mend: (deployment: FlippedDeployment, was: ResourceRecordSet | null) => Promise<void>;
}

const untilRelease: readonly Phase[] = ['settle', 'freeze', 'drain', 'release'];
const FENCE_KEY = 'max.message.bytes';

export const troubles: readonly Trouble[] = [
  {
    name: 'a topic created on blue',
    fault: 'somebody creates a topic on blue after the flip',
    phases: untilRelease,
    make: async ({ eyes }) => {
      await eyes.admin(BLUE, admin => admin.createTopics({ waitForLeaders: true, topics: [{ topic: 'late' }] }));
      return null;
    },
    mend: async ({ eyes, holds }) => {
      assert.match(await holds.next(), /^Topics were created on blue after preflight: late\. /);
      await eyes.admin(BLUE, admin => admin.deleteTopics({ topics: ['late'] }));
      await until('blue has forgotten the topic', async () => !('late' in (await eyes.topicConfigs(BLUE))), {
        withinMs: 60_000,
      });
      await holds.resume();
    },
  },
  {
    name: 'a topic deleted from blue',
    fault: 'somebody deletes a topic on blue that is to be read',
    phases: untilRelease,
    make: async ({ eyes }) => {
      await eyes.admin(BLUE, admin => admin.deleteTopics({ topics: ['scratch'] }));
      return null;
    },
    mend: async ({ operator, holds }) => {
      const said = await holds.next();
      assert.match(said, /^scratch: deleted from blue after preflight|scratch .*the topic is gone/);
      if (!said.startsWith('scratch:')) {
        await holds.resume();
        assert.match(await holds.next(), /^scratch: deleted from blue after preflight/);
      }
      await operator.tell('waive', { topic: 'scratch', reason: 'its owner deleted it' });
    },
  },
  {
    name: 'a partition added on blue',
    fault: 'somebody adds partitions on blue alone',
    phases: untilRelease,
    make: async ({ eyes }) => {
      await eyes.admin(BLUE, admin => admin.createPartitions({ topicPartitions: [{ topic: 'payments', count: 3 }] }));
      return null;
    },
    mend: async ({ eyes, holds }) => {
      let said = await holds.next();
      if (/payments got more partitions/.test(said)) {
        await holds.resume();
        said = await holds.next();
      }
      assert.match(said, /^Partitions were added on blue after the flip: payments has 3 on blue and 2 on green\./);
      await eyes.admin(GREEN, admin => admin.createPartitions({ topicPartitions: [{ topic: 'payments', count: 3 }] }));
      await holds.resume();
    },
  },
  {
    name: 'a topic config of blue changed by hand',
    fault: 'somebody sets max.message.bytes on a topic of blue',
    phases: untilRelease,
    make: async ({ eyes }) => {
      await eyes.setTopicConfig(BLUE, 'payments', FENCE_KEY, '2000000');
      return null;
    },
    mend: async ({ eyes, holds }) => {
      assert.match(await holds.next(), /payments (max\.message\.bytes is|has) 2000000/);
      assert.equal((await eyes.topicConfigs(BLUE))['payments']?.[FENCE_KEY], '2000000', 'it is not written over');
      await eyes.setTopicConfig(BLUE, 'payments', FENCE_KEY, null);
      await holds.resume();
    },
  },
  {
    name: 'keep taken off a topic of blue by hand',
    fault: 'somebody sets retention.ms on a topic of blue that is to be read',
    phases: ['drain', 'release'],
    make: async ({ eyes }) => {
      await eyes.setTopicConfig(BLUE, 'payments', 'retention.ms', '3600000');
      return null;
    },
    mend: async ({ eyes, holds }) => {
      assert.match(
        await holds.next(),
        /^Topic configs of blue were changed by somebody else: payments retention\.ms is 3600000, expected .*Put them back, then resume\.$/,
      );
      assert.equal((await eyes.topicConfigs(BLUE))['payments']?.['retention.ms'], '3600000', 'it is not written over');
      await eyes.setTopicConfig(BLUE, 'payments', 'retention.ms', null);
      await holds.resume();
      await until(
        'blue keeps its records again',
        async () => (await eyes.topicConfigs(BLUE))['payments']?.['retention.ms'] === '-1',
        { withinMs: 60_000 },
      );
    },
  },
  {
    name: 'a signpost changed by somebody else',
    fault: 'somebody writes over the signpost',
    phases: ['release'],
    make: async ({ eyes, local }) => {
      const set = await eyes.signpostSet();
      assert.ok(set);
      await overwriteRecord(eyes, local, set, laterEpoch(set));
      return set;
    },
    mend: async ({ eyes, local, operator, holds }, set) => {
      assert.ok(set);
      await operator.tell('waive', { group: 'reports', reason: 'nobody reads them' });
      assert.match(await holds.next(), /^The signpost .*was changed by somebody else.*then resume\.$/);
      await overwriteRecord(eyes, local, set, set);
      await holds.resume();
    },
  },
  {
    name: 'a record pointed back to blue',
    fault: 'somebody points the record back by hand',
    phases: ['settle', 'freeze', 'drain'],
    make: async ({ eyes, local }) => {
      const record = await eyes.record();
      const [host = ''] = (await eyes.bootstrap(BLUE)).split(':');
      await overwriteRecord(eyes, local, record, { ...record, ResourceRecords: [{ Value: host }] });
      return record;
    },
    mend: async ({ eyes, local, holds }, record) => {
      assert.ok(record);
      // The next look at the records, not the end of the drain.
      assert.match(
        await holds.next(),
        /^The record kafka\.orders\.example\.com was changed by somebody else: expected CNAME/,
      );
      await overwriteRecord(eyes, local, record, record);
      await holds.resume();
    },
  },
];
