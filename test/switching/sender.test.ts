import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { seed } from '../support/seed.ts';
import { INVALID, TOO_LARGE } from './fake-cluster.ts';
import { deadlyStory, forgetfulStory, impatientStory, PARTITIONS, SenderWorld, story } from './sender-world.ts';

const RUNS = 2_500;

const flawed = (value: string) => value.endsWith(INVALID) || value.endsWith(TOO_LARGE);

describe('a sender', () => {
  test('stores every record once and in order, over any faults, fences, holds and flips, forth and back', async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ commands, faults }) => {
        const world = new SenderWorld(faults);
        await world.live(commands);
        await world.heal();
        assert.equal(world.sender.bytes, 0);
        await world.sender.close();
        for (const cluster of world.clusters) cluster.settle();
        for (let partition = 0; partition < PARTITIONS; partition += 1) {
          const sound = world.sentTo(partition).filter(value => !flawed(value));
          assert.deepEqual(world.inOrder(partition), sound);
        }
        world.assertOneLaneAfterTheOther();
        for (const [value, fate] of world.fates) assert.equal(fate === 'acknowledged', !flawed(value), value);
        for (const cluster of world.clusters) assert.equal(cluster.openLanes, 0, 'a lane is left open');
      }),
      { numRuns: 4 * RUNS, seed },
    );
  });

  test('that is closed at any moment has told of every record truly whether it was stored', async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ commands, faults }) => {
        const world = new SenderWorld(faults);
        await world.live(commands);
        await world.sender.close();
        await world.untilAllIsKnown();
        assert.equal(world.sender.bytes, 0);
        for (const cluster of world.clusters) cluster.settle();
        const stored = new Set(world.journal.map(({ value }) => value));
        assert.equal(stored.size, world.journal.length, 'a record is stored twice');
        for (const [value, fate] of world.fates) {
          if (fate === 'acknowledged') assert.ok(stored.has(value), `${value} was acknowledged and is nowhere`);
          else if (typeof fate === 'object' && 'failed' in fate && !fate.failed.includes('may or may not')) {
            assert.ok(!stored.has(value), `${value} was said not to be stored, and is`);
          }
        }
        for (let partition = 0; partition < PARTITIONS; partition += 1) {
          const inOrder = world.inOrder(partition);
          const sound = world.sentTo(partition).filter(value => !flawed(value));
          assert.deepEqual(inOrder, sound.slice(0, inOrder.length));
        }
        world.assertOneLaneAfterTheOther();
        for (const cluster of world.clusters) assert.equal(cluster.openLanes, 0, 'a lane is left open');
      }),
      { numRuns: RUNS, seed },
    );
  });

  test('that was told to withdraw a record, and said that it is not stored, never stores it, and all others as ever', async () => {
    await fc.assert(
      fc.asyncProperty(impatientStory, async ({ commands, faults }) => {
        const world = new SenderWorld(faults);
        await world.live(commands);
        await world.heal();
        assert.equal(world.sender.bytes, 0);
        await world.sender.close();
        for (const cluster of world.clusters) cluster.settle();
        for (let partition = 0; partition < PARTITIONS; partition += 1) {
          const inOrder = world.inOrder(partition);
          const stored = new Set(inOrder);
          const expected = world.sentTo(partition).filter(value => {
            const fate = world.fates.get(value);
            if (typeof fate !== 'object' || !('withdrawn' in fate)) return !flawed(value);
            return fate.withdrawn === 'may be stored' && stored.has(value);
          });
          assert.deepEqual(inOrder, expected);
        }
        world.assertOneLaneAfterTheOther();
      }),
      { numRuns: RUNS, seed },
    );
  });

  test('whose old cluster is deleted loses nothing, and counts what it may have doubled: a batch a partition', async () => {
    let counted = 0;
    await fc.assert(
      fc.asyncProperty(deadlyStory, async ({ commands, faults }) => {
        const world = new SenderWorld(faults);
        await world.live(commands);
        await world.heal();
        assert.equal(world.sender.bytes, 0);
        await world.sender.close();
        for (const cluster of world.clusters) cluster.settle();
        const stored = new Set(world.journal.map(({ value }) => value));
        for (const [value, fate] of world.fates) {
          if (fate === 'acknowledged') assert.ok(stored.has(value), `${value} was acknowledged and is nowhere`);
          else if (typeof fate === 'object' && 'withdrawn' in fate && fate.withdrawn === 'not stored') {
            assert.ok(!stored.has(value), `${value} was said not to be stored, and is`);
          } else if (typeof fate === 'object' && 'failed' in fate) assert.ok(flawed(value), `${value} failed`);
        }
        const told = world.unknowable.reduce((sum, { records }) => sum + records, 0);
        assert.equal(world.departed.possiblyDoubled, told, 'a departure counts other than the alarms');
        for (let partition = 0; partition < PARTITIONS; partition += 1) {
          const unknowable = world.unknowable.filter(one => one.partition === partition);
          assert.ok(unknowable.length <= 1, 'more than one batch of a partition may be doubled');
          const inOrder = world.inOrder(partition);
          const doubled = inOrder.length - new Set(inOrder).size;
          assert.ok(doubled <= (unknowable[0]?.records ?? 0), `${doubled} doubled, not counted`);
          counted += unknowable.length;
          for (const { id } of world.clusters) {
            const log = world.journal.filter(one => one.cluster === id && one.partition === partition);
            const values = log.map(({ value }) => value);
            assert.deepEqual(
              values,
              world.sentTo(partition).filter(value => values.includes(value)),
              id,
            );
          }
        }
        world.assertOneLaneAfterTheOther();
      }),
      { numRuns: RUNS, seed },
    );
    assert.ok(counted > RUNS / 50, `only ${counted} batches were left behind`);
  });

  test('whose cluster forgets what it took of a producer loses nothing, and counts what it may have doubled', async () => {
    let counted = 0;
    await fc.assert(
      fc.asyncProperty(forgetfulStory, async ({ commands, faults }) => {
        const world = new SenderWorld(faults);
        await world.live(commands);
        await world.heal();
        assert.equal(world.sender.bytes, 0);
        await world.sender.close();
        for (const cluster of world.clusters) cluster.settle();
        for (let partition = 0; partition < PARTITIONS; partition += 1) {
          const inOrder = world.inOrder(partition);
          const sound = world.sentTo(partition).filter(value => !flawed(value));
          assert.deepEqual([...new Set(inOrder)], sound);
          const told = world.unknowable.filter(one => one.partition === partition);
          assert.ok(told.every(({ because }) => because === 'forgotten'));
          const records = told.reduce((sum, one) => sum + one.records, 0);
          assert.ok(inOrder.length - sound.length <= records, `${inOrder.length - sound.length} doubled, not counted`);
          counted += told.length;
        }
        for (const [value, fate] of world.fates) assert.equal(fate === 'acknowledged', !flawed(value), value);
      }),
      { numRuns: RUNS / 5, seed },
    );
    assert.ok(counted > RUNS / 500, `only ${counted} batches could not be known`);
  });
});
