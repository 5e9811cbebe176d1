import { REQUEST } from '../request.ts';
import { approving, recordsOn } from './approving.ts';
import { OPERATOR, type Scenario } from './scenario.ts';

/** Green has to be given something to keep before the way back is worth showing. */
const ENOUGH_ON_GREEN = 1_500;

/** Writers are on green already, and it has to go back: what green was given stays there, fenced and counted. */
export const rollbackAfterFlip: Scenario = {
  name: 'rollback-after-flip',
  story: 'The flip is taken back while green is being written: blue serves again, and green keeps what it was given.',
  ending: 'returned',
  // Writers have moved within seconds; the operator needs a while to see that something is wrong.
  request: { ...REQUEST, settle: { ...REQUEST.settle, quiet: '10s' } },
  begin: scene => {
    const approve = approving(scene, ['flip']);
    let said = false;
    return async status => {
      await approve(status);
      if (said || !status.phases.some(({ phase, state }) => phase === 'flip' && state === 'done')) return;
      const onGreen = recordsOn(scene, 'green');
      // Once blue is being fenced there is no time to lose: the way back ends with the first group that is released.
      if (status.phase === 'settle' && onGreen < ENOUGH_ON_GREEN) return;
      said = true;
      scene.say(`The record says green, and green holds ${onGreen.toLocaleString('en')} records already.`);
      scene.say(`Can it go back? The run says: ${status.rollback.possible ? 'yes' : 'no'}. ${status.rollback.why}`);
      await scene.send({ name: 'rollback', by: OPERATOR, reason: 'green is slower than blue was' });
    };
  },
};
