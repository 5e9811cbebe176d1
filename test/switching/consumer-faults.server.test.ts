/** Short representatives of what test/soak/switching-consumers.soak.ts tries in full: a group that is disturbed while it crosses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestCluster } from '../support/cluster.ts';
import { startFrontedCluster } from '../support/fronted-cluster.ts';
import { guarantee } from '../support/guarantee.ts';
import { eventually } from './eventually.ts';
import { groupScenes } from './group-scenes.ts';
import { GroupWalk, MemberProcess, quickGroups } from './group-walk.ts';

const RECORDS = 200;
const [blue, green] = await Promise.all([
  startTestCluster({ version: '3.9.2', metadataMode: 'kraft', brokers: 1, config: quickGroups }),
  startFrontedCluster({ version: '4.3.1', metadataMode: 'kraft', brokers: 1, config: quickGroups }),
]);
const scenes = await groupScenes(blue, green.brokers, { greenAddress: green.proxy.bootstrap });

test(
  ...guarantee(
    {
      promise: 'nothingLost',
      fault: 'members of a group restart at every step of a deployment, and more join at its release',
    },
    'a group whose members restart at every step handles each record once and in order',
    async t => {
      const walk = await GroupWalk.begin(t, scenes, RECORDS);
      await Promise.all([walk.start(), walk.start()]);
      await walk.lead(async moment => {
        if (moment === 'its ticket released') await walk.start();
        await walk.restartOne();
      });
      await walk.assertClean();
    },
  ),
);

test(
  ...guarantee(
    { promise: 'nothingLost', fault: 'green refuses connections, then DNS fails, while a group is released' },
    'a group stays on blue while its ticket cannot be read and while DNS fails, and crosses afterwards',
    async t => {
      const walk = await GroupWalk.begin(t, scenes, RECORDS);
      const { scene } = walk;
      const members = await Promise.all([walk.start(), walk.start()]);
      await walk.lead(async moment => {
        if (moment === 'after the flip') {
          await green.proxy.refuse();
          await eventually('they say that the ticket cannot be read', () =>
            members.every(({ told }) => told.some(line => /ticket on cluster .* cannot be read/.test(line))),
          );
          scene.say('fail');
          await eventually('they say that DNS fails', () =>
            members.every(({ told }) => told.some(line => line.includes('ESERVFAIL'))),
          );
        }
        if (moment === 'its ticket released') {
          assert.equal(await scenes.membersOn(blue, scene.name), 2);
          await green.proxy.accept();
          scene.say([scenes.flipped(3n)]);
        }
      });
      await walk.assertClean();
    },
  ),
);

test(
  ...guarantee(
    { promise: 'nothingLost', fault: "a consumer's process is killed while its group crosses, and started again" },
    'a process that is killed in its switch and started again leaves no record unread, and none is read on both clusters at once',
    async t => {
      const walk = await GroupWalk.begin(t, scenes, RECORDS);
      const processes = [await MemberProcess.start(t, walk)];
      await walk.start();
      await walk.lead(async moment => {
        if (moment !== 'its ticket released') return;
        const [first] = processes;
        await eventually('the process begins to switch', () => first?.events.includes('switching') === true);
        await first?.kill();
        processes.push(await MemberProcess.start(t, walk));
      });
      const judgement = await walk.judged(() => processes.flatMap(each => each.all()));
      assert.equal(judgement.missed, 0);
      assert.equal(judgement.onBoth, 0);
    },
  ),
);
