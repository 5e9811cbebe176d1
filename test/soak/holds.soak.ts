/**
 * Each trouble alone, in each phase in which it can occur, at a moment that the seed draws: a deployment under audited traffic
 * holds with its sentence or goes on, is mended, and ends with blue deleted and nothing lost.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BLUE, GREEN } from '../e2e/deployment.ts';
import { blueReplaced } from '../e2e/replaced.ts';
import { brokersOf, killBroker, switchInstance } from '../e2e/trouble.ts';
import { guarantee } from '../support/guarantee.ts';
import { chance, moment } from '../support/seed.ts';
import { type FlippedDeployment, flipped, LONGEST_PHASE_MS, meet } from './flipped.ts';
import { troubles } from './troubles.ts';

const LATEST_HOLD_MS = 180_000;

/** A deployment waits for half of its time. */
const DEPLOYMENTS_AT_A_TIME = 2;

describe('one trouble in a deployment', { concurrency: DEPLOYMENTS_AT_A_TIME }, () => {
  async function finish(deployment: FlippedDeployment): Promise<void> {
    const { operator } = deployment;
    const { waivers } = await operator.status();
    if (!waivers.some(w => w.name === 'reports')) {
      await operator.until('the last group is waited for', s => s.phase === 'release', LATEST_HOLD_MS);
      await operator.tell('waive', { group: 'reports', reason: 'nobody reads them' });
    }
    await blueReplaced(deployment, LATEST_HOLD_MS);
  }

  for (const { name, fault, phases, make, mend } of troubles)
    for (const phase of phases) {
      const draw = chance(`${name} in ${phase}`);
      test(
        ...guarantee(
          { promise: 'holds', fault: `${fault} (${phase})` },
          `${name}, from a moment in ${phase} on, holds until it is mended`,
          async context => {
            const deployment = await flipped(context);
            const met = await meet(deployment, phase, moment(draw, LONGEST_PHASE_MS));
            const trouble = await make(deployment);
            await mend(deployment, trouble);
            await finish(deployment);
            await deployment.traffic.assertClean();
            context.diagnostic(`made in ${met}; ${deployment.holds.met} holds`);
          },
        ),
      );
    }

  for (const stack of [BLUE, GREEN])
    for (const phase of ['settle', 'freeze', 'drain', 'release'] as const) {
      const draw = chance(`a broker of ${stack} in ${phase}`);
      test(
        ...guarantee(
          { promise: 'nothingLost', fault: `a broker of ${stack === BLUE ? 'blue' : 'green'} is killed (${phase})` },
          `a broker of ${stack} that is killed in ${phase} costs no record, and the run goes on by itself`,
          async context => {
            const deployment = await flipped(context);
            const { eyes, local, traffic } = deployment;
            const met = await meet(deployment, phase, moment(draw, LONGEST_PHASE_MS));
            const brokers = await brokersOf(eyes, stack);
            const victim = brokers[Math.floor(draw() * brokers.length)] ?? '';
            await killBroker(local, victim);
            await finish(deployment);
            const { lost, reordered, inLogs } = await traffic.verdict();
            assert.deepEqual({ lost, reordered, doubled: inLogs.doubled }, { lost: 0, reordered: 0, doubled: 0 });
            context.diagnostic(`killed in ${met}`);
          },
        ),
      );
    }

  test(
    ...guarantee(
      { promise: 'deletion', fault: 'a broker of blue is switched off while groups drain, and stays off' },
      'a broker of blue that stays away from drain on holds up no group, and blue is not deleted until it is back',
      async context => {
        const deployment = await flipped(context);
        const { eyes, operator, traffic, holds } = deployment;
        const met = await meet(deployment, 'drain', 0);
        const [, away = ''] = await brokersOf(eyes, BLUE);
        await switchInstance(eyes, BLUE, away, 'off');
        await operator.until('the last group is waited for', s => s.phase === 'release', LATEST_HOLD_MS);
        await operator.tell('waive', { group: 'reports', reason: 'nobody reads them' });
        await operator.until(
          'the deletion waits for its approval',
          s => s.waitingFor?.kind === 'gate' && s.waitingFor.gate === 'decommission',
          LATEST_HOLD_MS,
        );
        await traffic.leave(BLUE);
        await operator.tell('approve', { gate: 'decommission' });
        assert.match(
          await holds.next(),
          /^Not every replica of blue was seen at its frozen end: .*Blue is not deleted; see that all its brokers run and follow, then resume\.$/,
        );
        assert.equal(await eyes.stackStatus(BLUE), 'CREATE_COMPLETE');
        await switchInstance(eyes, BLUE, away, 'on');
        await holds.resume();
        assert.equal((await operator.handle.result()).outcome, 'deployed');
        await traffic.assertClean();
        context.diagnostic(`switched off in ${met}; ${holds.met} holds`);
      },
    ),
  );
});
