/** Faults between producers and brokers while the traffic goes over. */
import assert from 'node:assert/strict';
import { chance, moment } from '../../support/seed.ts';
import { eventually } from '../eventually.ts';
import { type FaultCase, inScene, lasts, startedWithAnswersOutstanding } from './case.ts';
import type { Side } from './service-order.ts';

const FAILOVER_MS = 60_000;

/** Stored by the cluster, and nobody says so until the producer asks again. */
const withheld = { kind: 'silent-after-effect' } as const;
/** Stored by the cluster, which says so when it is let. */
const held = { kind: 'held-after-effect' } as const;
/** They do not reach the cluster, and the connection breaks. */
const unheard = { kind: 'cut-before-effect' } as const;

function other(side: Side): Side {
  return side === 'blue' ? 'green' : 'blue';
}

export const trafficCases: readonly FaultCase[] = [
  {
    fault: 'the flip, at any moment, under full load',
    title: 'goes over',
    run: inScene(async (scene, { rounds }) => {
      const draw = chance('flip');
      await scene.start();
      let at: Side = 'blue';
      for (let round = 1; round <= rounds; round += 1) {
        await scene.flows(500 + moment(draw, 1_000));
        at = other(at);
        scene.flip(at);
        await scene.switched(round);
        await scene.left(other(at));
      }
      await scene.flows();
      await scene.assertClean();
    }),
  },
  {
    fault: 'the fence comes while answers of blue are withheld',
    title: 'asks blue what it holds, and sends green only what it does not',
    brief: true,
    run: inScene(async scene => {
      await startedWithAnswersOutstanding(scene, withheld);
      await scene.fence('blue');
      await eventually('the fence is noticed', () => scene.count('held') > 0);
      scene.flip('green');
      await scene.switched(1);
      await scene.flows();
      assert.ok(scene.sum('resolved') > 0, 'the fate of some records was asked');
      await scene.assertClean();
    }),
  },
  {
    fault: 'the fence comes after requests were lost on their way to blue',
    title: 'finds that blue does not hold them, and sends them to green first',
    run: inScene(async scene => {
      await startedWithAnswersOutstanding(scene, unheard);
      await scene.fence('blue');
      await eventually('the fence is noticed', () => scene.count('held') > 0);
      scene.flip('green');
      await scene.switched(1);
      await scene.flows();
      await scene.assertClean();
    }),
  },
  {
    fault: 'the fence and the flip come while answers of blue are late',
    title: 'waits for them, and takes each for what it says',
    run: inScene(async scene => {
      await startedWithAnswersOutstanding(scene, held, { kafka: {} });
      await scene.fence('blue');
      scene.flip('green');
      await eventually('it begins to move', () => scene.count('switching') === 1);
      assert.equal(scene.count('switched'), 0);
      scene.world.blue.proxy.release();
      await scene.switched(1);
      await scene.flows();
      await scene.assertClean();
    }),
  },
  {
    fault: 'five flips in a row',
    title: 'goes over five times, and every time in order',
    brief: true,
    run: inScene(async scene => {
      await scene.start();
      let at: Side = 'blue';
      for (let flip = 1; flip <= 5; flip += 1) {
        await scene.flows(300);
        at = other(at);
        scene.flip(at);
        await scene.switched(flip);
        await scene.left(other(at));
      }
      await scene.flows();
      await scene.assertClean();
    }),
  },
  {
    fault: 'the flip is taken back before the switch has ended',
    title: 'goes back, and every partition waits for what is outstanding',
    brief: true,
    run: inScene(async scene => {
      const { blue, green } = scene.world;
      await startedWithAnswersOutstanding(scene, held, { kafka: {} });
      scene.flip('green');
      await eventually('it begins to move', () => scene.count('switching') === 1);
      await eventually('green takes records', () => (green.proxy.calls.get('Produce') ?? 0) > 0);
      scene.flip('blue');
      await eventually('it begins to move back', () => scene.count('switching') === 2);
      assert.ok(!scene.told.some(({ event, text }) => event === 'switched' && text === scene.id('green')));
      blue.proxy.release();
      await scene.switched(2);
      await scene.flows();
      await scene.assertClean({ eachApart: true });
    }),
  },
  {
    fault: 'every connection to blue is cut while answers are outstanding, and refused for a while',
    title: 'resolves on blue what it had sent there, as soon as blue can be asked',
    brief: true,
    run: inScene(async (scene, { refusalMs }) => {
      const { proxy } = scene.world.blue;
      await startedWithAnswersOutstanding(scene, withheld);
      scene.flip('green');
      await proxy.refuse();
      await eventually('it begins to move', () => scene.count('switching') === 1);
      await lasts(refusalMs, () => assert.equal(scene.count('switched'), 0));
      await proxy.accept();
      await scene.switched(1);
      assert.ok(scene.sum('resolved') > 0, 'the fate of some records was asked');
      await scene.flows();
      await scene.assertClean();
    }),
  },
  {
    fault: 'green refuses connections after the flip',
    title: 'stays on blue, says so once, and goes over as soon as green answers',
    brief: true,
    run: inScene(async (scene, { refusalMs }) => {
      const { proxy } = scene.world.green;
      await scene.start();
      await proxy.refuse();
      scene.flip('green');
      await eventually('it says that it stays', () => scene.count('stayed') > 0);
      const before = scene.acknowledged;
      await lasts(refusalMs, () => assert.equal(scene.count('switching'), 0));
      assert.ok(scene.acknowledged > before, 'blue took more meanwhile');
      const reasons = scene.told.filter(({ event }) => event === 'stayed' || event === 'alarm');
      assert.equal(reasons.length, 1, JSON.stringify(reasons));
      await proxy.accept();
      await scene.switched(1);
      await scene.flows();
      await scene.assertClean();
    }),
  },
];

/** For a blue of three brokers. It kills the one that the signpost does not name, and starts it again. */
export const leaderKilled: FaultCase = {
  fault: 'a broker that leads partitions of blue is killed during the switch',
  title: 'asks the next leader what it holds',
  run: inScene(async scene => {
    const { brokers } = scene.world.blue;
    await startedWithAnswersOutstanding(scene, withheld);
    scene.flip('green');
    await eventually('it begins to move', () => scene.count('switching') === 1);
    brokers.kill(2);
    await eventually('the switch is done', () => scene.count('switched') === 1, FAILOVER_MS);
    await scene.flows();
    await brokers.restart(2);
    await scene.assertClean();
  }),
};
