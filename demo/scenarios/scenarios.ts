import { drainBlocked } from './drain-blocked.ts';
import { forward } from './forward.ts';
import { reject } from './reject.ts';
import { rollbackAfterFlip } from './rollback-after-flip.ts';
import { rollbackBeforeFlip } from './rollback-before-flip.ts';
import type { Scenario } from './scenario.ts';
import type { ScenarioName } from './scenario-name.ts';

/** Every story, by its name on the command line. */
export const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = {
  forward,
  reject,
  'rollback-before-flip': rollbackBeforeFlip,
  'rollback-after-flip': rollbackAfterFlip,
  'drain-blocked': drainBlocked,
};
