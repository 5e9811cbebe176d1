import { REQUEST } from '../request.ts';
import { sayWhatIsDone } from './approving.ts';
import { OPERATOR, type Scenario } from './scenario.ts';

/** Somebody changes their mind while the run is at work: what is under way ends in order, then everything is undone. */
export const rollbackBeforeFlip: Scenario = {
  name: 'rollback-before-flip',
  story: 'Somebody changes their mind as soon as green stands, in the middle of the work: everything is undone.',
  ending: 'undone',
  request: REQUEST,
  begin: scene => {
    let said = false;
    return async status => {
      const stands = status.phases.some(({ phase, state }) => phase === 'provision' && state === 'done');
      if (said || !stands) return;
      said = true;
      sayWhatIsDone(scene, status);
      scene.say(`The run is in ${status.phase}. The operator does not want to wait for its end:`);
      await scene.send({ name: 'rollback', by: OPERATOR, reason: 'the wrong instance type' });
    };
  },
};
