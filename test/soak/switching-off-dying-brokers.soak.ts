/** Groups that leave a cluster whose brokers die meanwhile: all of one process, which would show a client that lets nobody else run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startTestCluster } from '../support/cluster.ts';
import { guarantee } from '../support/guarantee.ts';
import { eventually } from '../switching/eventually.ts';
import { groupScenes } from '../switching/group-scenes.ts';
import { quickGroups } from '../switching/group-walk.ts';

const GROUPS = 30;
const RECORDS = 8;
/** So that some have left before the first broker dies, some leave just then, and some follow. */
const RELEASED_EVERY_MS = 120;
const DIES_EVERY_MS = 400;
/** As long as kafkajs tries to reach a coordinator that is gone, and to spare. */
const CROSSES_WITHIN_MS = 120_000;

const [blue, green] = await Promise.all([
  startTestCluster({ version: '3.9.2', metadataMode: 'kraft', brokers: 3, config: quickGroups }),
  startTestCluster({ version: '4.3.1', metadataMode: 'kraft', brokers: 1, config: quickGroups }),
]);
const scenes = await groupScenes(blue, green);

test(
  ...guarantee(
    { promise: 'nothingLost', fault: 'the brokers of blue die one after the other while thirty groups leave it' },
    'every group handles all records of blue and then all of green, and their process stays alive',
    async t => {
      const groups: Awaited<ReturnType<typeof scenes.scene>>[] = [];
      for (let i = 0; i < GROUPS; i += 1) {
        const scene = await scenes.scene(t, [scenes.flipped(3n)]);
        await scene.seed();
        await scene.ticket('held');
        await scene.produce(blue, 0, RECORDS);
        await scene.produce(green, 0, RECORDS);
        // As the library has it: the longer brokers keep a fetch, the likelier one is open when another of them dies.
        await scene.run({ signpostPollMs: 1_000, consumer: { maxWaitTimeInMs: 500 } });
        groups.push(scene);
      }
      for (const { saw } of groups) await saw('blue', RECORDS);
      const dying = killAfter(groups.length * RELEASED_EVERY_MS * 0.75);
      for (const { ticket } of groups) {
        await ticket('released');
        await delay(RELEASED_EVERY_MS);
      }
      await dying;
      await eventually(
        'every group has read green',
        () => groups.every(({ seen }) => new Set(seen).size === 2 * RECORDS),
        CROSSES_WITHIN_MS,
      );
      for (const { name, seen } of groups) {
        const lastOfBlue = seen.findLastIndex(value => value.startsWith('blue'));
        assert.ok(lastOfBlue < seen.findIndex(value => value.startsWith('green')), `${name} reads blue before green`);
      }
    },
  ),
);

async function killAfter(ms: number): Promise<void> {
  await delay(ms);
  for (const { id } of blue.brokers) {
    blue.kill(id);
    await delay(DIES_EVERY_MS);
  }
}
