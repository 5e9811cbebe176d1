import { REQUEST } from '../request.ts';
import { approving } from './approving.ts';
import type { Scenario } from './scenario.ts';

/** The main job: everything is approved. */
export const forward: Scenario = {
  name: 'forward',
  story: 'Blue is replaced by green and deleted.',
  ending: 'deployed',
  request: REQUEST,
  begin: scene => approving(scene),
};
