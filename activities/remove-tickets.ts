import type { Activities } from '../contract/activities.ts';
import { removeTickets as remove } from '../kafka/tickets.ts';
import { type Dependencies, endpointOf } from './dependencies.ts';
import { readLedger } from './ledger-evidence.ts';
import { scopeOf } from './scope.ts';
import { perform } from './step.ts';

/** Nothing of the deployment is left on green: the tickets and their topic are gone. */
export function removeTickets(deps: Dependencies): Activities['removeTickets'] {
  return input =>
    perform(async pace => {
      const { moved } = await scopeOf(deps, { ...input, waivers: [] });
      const { releases } = await readLedger(deps, input.deployment, null);
      const groups = [...new Set([...moved.map(g => g.group), ...releases.map(r => r.group)])];
      await using green = await deps.connect(endpointOf(input.deployment, 'green'));
      await remove(green, groups, pace);
      return { detail: `tickets of ${groups.length} groups removed` };
    });
}
