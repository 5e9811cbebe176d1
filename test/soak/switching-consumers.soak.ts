/** Groups disturbed at every step of a deployment, twenty members large, killed, cut off; judged by what their handlers saw. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestCluster } from '../support/cluster.ts';
import { startFrontedCluster } from '../support/fronted-cluster.ts';
import { guarantee } from '../support/guarantee.ts';
import { eventually } from '../switching/eventually.ts';
import { groupScenes } from '../switching/group-scenes.ts';
import { GroupWalk, MemberProcess, MOMENTS, quickGroups } from '../switching/group-walk.ts';

const RECORDS = 600;
const LARGE_GROUP = 20;
const CROSSINGS = 5;

const [blue, green] = await Promise.all([
  startTestCluster({ version: '3.9.2', metadataMode: 'zookeeper', brokers: 1, config: quickGroups }),
  startFrontedCluster({ version: '4.3.1', metadataMode: 'kraft', brokers: 1, config: quickGroups }),
]);
const scenes = await groupScenes(blue, green.brokers, {
  greenAddress: green.proxy.bootstrap,
  partitionCount: LARGE_GROUP,
});

for (const moment of MOMENTS) {
  test(
    ...guarantee(
      { promise: 'nothingLost', fault: `every member of a group is restarted: ${moment}` },
      `a group of three handles each record once and in order when all of it restarts: ${moment}`,
      async t => {
        const walk = await GroupWalk.begin(t, scenes, RECORDS);
        for (let member = 0; member < 3; member += 1) await walk.start();
        await walk.lead(async now => {
          if (now === moment) for (let member = 0; member < 3; member += 1) await walk.restartOne();
        });
        await walk.assertClean();
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'nothingLost', fault: `a consumer's process is killed and started again: ${moment}` },
      `a process that is killed and started again leaves no record unread: ${moment}`,
      async t => {
        const walk = await GroupWalk.begin(t, scenes, RECORDS);
        const processes = [await MemberProcess.start(t, walk)];
        await walk.start();
        await walk.lead(async now => {
          if (now !== moment) return;
          await processes[0]?.kill();
          processes.push(await MemberProcess.start(t, walk));
        });
        const { missed, onBoth } = await walk.judged(() => processes.flatMap(each => each.all()));
        assert.deepEqual({ missed, onBoth }, { missed: 0, onBoth: 0 });
      },
    ),
  );
}

test(
  ...guarantee(
    { promise: 'nothingLost', fault: 'members join and leave without a pause while their group is released' },
    'a group that rebalances all through its release handles each record once and in order',
    async t => {
      const walk = await GroupWalk.begin(t, scenes, RECORDS);
      await Promise.all([walk.start(), walk.start()]);
      const over = new AbortController();
      let churning = Promise.resolve();
      await walk.lead(async moment => {
        if (moment === 'after the flip')
          churning = (async () => {
            while (!over.signal.aborted) await walk.restartOne();
          })();
        if (moment === 'steady on green') {
          over.abort();
          await churning;
        }
      });
      await walk.assertClean();
    },
  ),
);

for (let crossing = 1; crossing <= CROSSINGS; crossing += 1)
  test(
    ...guarantee(
      {
        promise: 'nothingLost',
        fault: `none, in a group of ${LARGE_GROUP} members (crossing ${crossing} of ${CROSSINGS})`,
      },
      `a group of ${LARGE_GROUP} members crosses and handles each record once and in order, crossing ${crossing}`,
      async t => {
        const walk = await GroupWalk.begin(t, scenes, RECORDS);
        await Promise.all(Array.from({ length: LARGE_GROUP }, () => walk.start()));
        await walk.lead(async () => {});
        await eventually(
          'all are on green',
          async () => (await scenes.membersOn(green.brokers, walk.scene.name)) === LARGE_GROUP,
          60_000,
        );
        await walk.assertClean();
      },
    ),
  );

for (const [fault, begin, end] of [
  [
    'green refuses connections from before a release until its members say so',
    () => green.proxy.refuse(),
    () => green.proxy.accept(),
  ],
  [
    'DNS answers SERVFAIL',
    (walk: GroupWalk) => walk.scene.say('fail'),
    (walk: GroupWalk) => walk.scene.say([scenes.flipped(3n)]),
  ],
  [
    'DNS answers NXDOMAIN',
    (walk: GroupWalk) => walk.scene.say('absent'),
    (walk: GroupWalk) => walk.scene.say([scenes.flipped(3n)]),
  ],
  [
    'DNS does not answer',
    (walk: GroupWalk) => walk.scene.say('silent'),
    (walk: GroupWalk) => walk.scene.say([scenes.flipped(3n)]),
  ],
] as const)
  test(
    ...guarantee(
      { promise: 'nothingLost', fault: `${fault}, and a member restarts meanwhile` },
      `a group stays on blue, and its new member waits, while ${fault}; then it crosses`,
      async t => {
        const walk = await GroupWalk.begin(t, scenes, RECORDS);
        const members = await Promise.all([walk.start(), walk.start()]);
        let late: Promise<unknown> = Promise.resolve();
        await walk.lead(async moment => {
          if (moment === 'after the flip') {
            await begin(walk);
            await eventually(
              'they say that they stay',
              () => members.every(({ told }) => told.some(line => line.startsWith('stayed'))),
              60_000,
            );
            if (!fault.includes('NXDOMAIN')) late = walk.start({ connectTimeoutMs: 60_000 });
          }
          if (moment === 'its ticket released') {
            assert.equal(await scenes.membersOn(blue, walk.scene.name), 2);
            await end(walk);
            await late;
          }
        });
        await walk.assertClean();
      },
    ),
  );
