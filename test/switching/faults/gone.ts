/** A cluster that is gone for good with answers outstanding: nobody can tell any more whether it took those records. */
import assert from 'node:assert/strict';
import type { BlueGreenProducerOptions } from '../../../switching/src/producer.ts';
import { eventually } from '../eventually.ts';
import { type FaultCase, inScene, startedWithAnswersOutstanding } from './case.ts';
import type { Scene } from './scene.ts';

/** Blue has stored what it never answers. Its log can still be read past the proxy, by the auditor alone. */
async function leaveBlueBehind(scene: Scene, options: Partial<BlueGreenProducerOptions> = {}): Promise<void> {
  await startedWithAnswersOutstanding(scene, { kind: 'silent-after-effect' }, options);
  scene.flip('green');
  await scene.world.blue.proxy.refuse();
  await eventually('it begins to move', () => scene.count('switching') === 1);
}

/** What is stored twice was counted by the library, and is at most one batch of a partition. */
async function assertDoublesAreCounted(scene: Scene): Promise<void> {
  const { verdict } = await scene.verdict();
  const { lost, reordered, foreign, doubled, inLogs } = verdict;
  assert.deepEqual(
    { lost, reordered, foreign, unacknowledged: inLogs.unacknowledged, failures: scene.failures },
    { lost: 0, reordered: 0, foreign: 0, unacknowledged: 0, failures: [] },
  );
  assert.ok(doubled > 0, 'blue had stored what it never answered');
  const counted = scene.sum('possiblyDoubled');
  assert.ok(doubled <= counted, `${doubled} records are stored twice, ${counted} were counted`);
  const alarms = scene.told.filter(({ event }) => event === 'alarm').map(({ text }) => text);
  const records = alarms.map(text => /^(\d+) records of topic \S+, partition (\d+), may be stored twice: /.exec(text));
  assert.equal(new Set(records.map(match => match?.[2])).size, alarms.length, 'at most one batch of a partition');
  assert.equal(
    records.reduce((sum, match) => sum + Number(match?.[1]), 0),
    counted,
  );
}

export const goneCases: readonly FaultCase[] = [
  {
    fault: 'blue is deleted with answers outstanding',
    title: 'sends green what blue may hold, and counts every record that is stored twice',
    brief: true,
    run: inScene(async scene => {
      await leaveBlueBehind(scene);
      assert.equal(scene.count('switched'), 0);
      scene.say([scene.steady('green')]);
      await scene.switched(1);
      await scene.flows();
      await assertDoublesAreCounted(scene);
    }),
  },
  {
    fault: 'blue answers nothing for longer than the application waits',
    title: 'sends green what blue may hold, and counts every record that is stored twice',
    run: inScene(async scene => {
      await leaveBlueBehind(scene, { unansweredDeadlineMs: 1_000 });
      await scene.switched(1);
      await scene.flows();
      await assertDoublesAreCounted(scene);
    }),
  },
];
