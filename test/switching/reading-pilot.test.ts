import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { type Answer, FakeDeployments, type FakeProcess } from './fake-deployments.ts';

const RUNS = 10_000;
const MOST_MEMBERS = 3;
/** Ticket, identify, jitter, leave, ticket, identify, turn, join; and some to spare. */
const STEPS_OF_A_SWITCH = 10;
const answers: readonly Answer[] = ['newest', 'newest', 'cached', 'fails', 'two values', 'malformed'];

const action = fc.record({
  kind: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom('all goes on' as const, 'member goes on' as const) },
    { weight: 4, arbitrary: fc.constantFrom('step' as const, 'look' as const, 'handle' as const, 'proceed' as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'roll back',
        'produce',
        'start',
        'end',
        'die',
        'tickets unreadable',
        'step fails' as const,
      ),
    },
  ),
  who: fc.nat(MOST_MEMBERS - 1),
  pick: fc.nat(20),
});

/** As when nothing disturbs it. */
async function goOn(world: FakeDeployments, member: FakeProcess): Promise<void> {
  member.look(world.answer('newest', 0));
  for (let step = 0; step < STEPS_OF_A_SWITCH; step += 1) {
    await setImmediate();
    member.handle();
    member.step(0, false);
  }
}

async function play(ticketed: boolean, actions: readonly { kind: string; who: number; pick: number }[]) {
  const world = new FakeDeployments(ticketed);
  world.startMember();
  world.produce();
  for (const { kind, who, pick } of actions) {
    const member = world.members[who % world.members.length];
    switch (kind) {
      case 'step':
      case 'step fails':
        member?.step(pick, kind === 'step fails');
        break;
      case 'look':
        member?.look(world.answer(answers[pick % answers.length] ?? 'newest', pick));
        break;
      case 'handle':
        member?.handle();
        break;
      case 'member goes on':
        if (member !== undefined) await goOn(world, member);
        break;
      case 'all goes on':
        for (const each of world.members) await goOn(world, each);
        world.proceed(pick % 3 === 0);
        break;
      case 'proceed':
        world.proceed(pick % 3 === 0);
        break;
      case 'roll back':
        world.rollBack();
        break;
      case 'produce':
        world.produce();
        break;
      case 'start':
        if (world.members.length < MOST_MEMBERS) world.startMember();
        break;
      case 'end':
        member?.end();
        break;
      case 'die':
        member?.die();
        break;
      case 'tickets unreadable':
        world.unreadable = !world.unreadable;
    }
    await setImmediate();
    if (world.broken.length > 0) break;
  }
  for (const member of world.members) member.die();
  return world;
}

describe('members of one group that start, stop and crash at any moment of deployment after deployment', () => {
  it('never handle on two clusters, never read green before blue is read to its end, and never join green while its ticket is held; without a ticket they read only where their signpost says', async () => {
    const crossings = { ticketed: 0, without: 0 };
    await fc.assert(
      fc.asyncProperty(fc.nat(3), fc.array(action, { minLength: 5, maxLength: 40 }), async (kind, actions) => {
        const ticketed = kind > 0;
        const world = await play(ticketed, actions);
        crossings[ticketed ? 'ticketed' : 'without'] += world.crossings;
        assert.deepEqual(world.broken, []);
      }),
      { numRuns: RUNS },
    );
    const seen = `${crossings.ticketed} with a ticket and ${crossings.without} without joined green`;
    assert.ok(crossings.ticketed > RUNS / 10 && crossings.without > RUNS / 50, `only ${seen}: this shows nothing`);
  });
});
