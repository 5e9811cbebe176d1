import type { Status } from '../../contract/status.ts';
import { REQUEST } from '../request.ts';
import { approving } from './approving.ts';
import { OPERATOR, type Scenario, type Scene } from './scenario.ts';

/** The group that fails its readers. */
export const BLOCKED_GROUP = 'archive';

/** A group stops reading when blue is drained. Nothing is given up: the run holds with its name until somebody helps it. */
export const drainBlocked: Scenario = {
  name: 'drain-blocked',
  story: `The group ${BLOCKED_GROUP} stops reading before blue is drained: the run holds until it is started again.`,
  ending: 'deployed',
  request: { ...REQUEST, drain: { ...REQUEST.drain, deadline: '20s' } },
  begin: scene => {
    const approve = approving(scene);
    const help = helping(scene);
    let stopped = false;
    return async status => {
      await approve(status);
      const flipped = status.phases.some(({ phase, state }) => phase === 'flip' && state === 'done');
      if (!stopped && flipped) {
        stopped = true;
        scene.say(`The applications of ${BLOCKED_GROUP} crash: from now on nobody reads for it.`);
        await scene.fleet.stopGroup(BLOCKED_GROUP);
      }
      await help(status);
    };
  },
};

/** Answers each hold once: reads what the run says, starts the group again, resumes. */
function helping(scene: Scene): (status: Status) => Promise<void> {
  let answered = '';
  let started = false;
  return async ({ waitingFor, attention }) => {
    if (waitingFor?.kind !== 'hold' || waitingFor.since === answered) return;
    answered = waitingFor.since;
    scene.say(`The run holds in ${waitingFor.phase}. It says: ${waitingFor.reason}`);
    for (const line of attention) scene.say(`  and: ${line}`);
    scene.say(`  to go on: ${waitingFor.command}`);
    if (!started && waitingFor.reason.includes(BLOCKED_GROUP)) {
      started = true;
      scene.say(`The owner of ${BLOCKED_GROUP} starts its applications again.`);
      await scene.fleet.startGroup(BLOCKED_GROUP);
    }
    await scene.send({ name: 'resume', by: OPERATOR, reason: `${BLOCKED_GROUP} reads again` });
  };
}
