import type { Activities } from '../contract/activities.ts';
import { putJson } from '../evidence/store.ts';
import { smokeTest as trySmoke } from '../kafka/smoke.ts';
import { type Dependencies, endpointOf } from './dependencies.ts';
import { perform } from './step.ts';

/** Green works for an application, through its front door; the test's own topic and groups are gone afterwards. */
export function smokeTest(deps: Dependencies): Activities['smokeTest'] {
  return ({ deployment }) =>
    perform(async pace => {
      const { bootstrap } = endpointOf(deployment, 'green');
      const result = await trySmoke({ bootstrap, deployment: deployment.id, security: deps.security, ...pace });
      return {
        evidence: await putJson(deps.evidence, result),
        detail: `${result.consumedInOrder} records in order over ${result.leaders.length} brokers, transaction and rebalance work`,
      };
    });
}
