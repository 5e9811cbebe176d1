import { REQUEST } from '../request.ts';
import { openGate, sayWhatIsDone } from './approving.ts';
import { OPERATOR, type Scenario } from './scenario.ts';

/** Green stands and is proved to work, and somebody says no. */
export const reject: Scenario = {
  name: 'reject',
  story: 'Green is built and tested, and the flip is rejected: everything is undone.',
  ending: 'undone',
  request: REQUEST,
  begin: scene => {
    let said = false;
    return async status => {
      if (said || openGate(status) !== 'flip') return;
      said = true;
      sayWhatIsDone(scene, status);
      await scene.send({ name: 'reject', by: OPERATOR, gate: 'flip', reason: 'not on a Friday' });
    };
  },
};
