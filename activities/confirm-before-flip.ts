import type { Activities } from '../contract/activities.ts';
import type { Dispositions } from '../contract/dispositions.ts';
import type { Inventory } from '../contract/inventory.ts';
import type { Problem } from '../contract/problem.ts';
import type { DeploymentRequest } from '../contract/request.ts';
import { getJson } from '../evidence/store.ts';
import { disposeAll } from '../kafka/dispositions.ts';
import { clusterProblems } from '../kafka/health.ts';
import { knownLogStarts } from '../kafka/known-offsets.ts';
import { seedOffsets, verifySeeds } from '../kafka/seeds.ts';
import { readTickets } from '../kafka/tickets.ts';
import { createdAnew } from './blue-topics.ts';
import { type Dependencies, endpointOf } from './dependencies.ts';
import { compare, refuseDifferences } from './parity.ts';
import { scopeOf } from './scope.ts';
import { refuseUnlessStands, waitForFrontDoor } from './standing.ts';
import { perform, Refused } from './step.ts';

/** What was true before the approval is still true: stacks, parity, blue's health, dispositions, seeds and tickets. Drift refuses the flip. */
export function confirmBeforeFlip(deps: Dependencies): Activities['confirmBeforeFlip'] {
  return input =>
    perform(async pace => {
      const { deployment } = input;
      const request = await getJson<DeploymentRequest>(deps.evidence, deployment.evidence.request);
      const { disposed, drained, fenced } = await scopeOf(deps, input);
      const endpoints = { blue: deployment.blue, green: endpointOf(deployment, 'green') };
      pace.progress({ confirming: 'stacks' });
      for (const colour of ['blue', 'green'] as const) await refuseUnlessStands(deps, endpoints[colour], colour, pace);
      await waitForFrontDoor(deps, endpoints.green);
      await using blue = await deps.connect(endpoints.blue);
      await using green = await deps.connect(endpoints.green);
      pace.progress({ confirming: 'parity' });
      const compared = await compare(deps, input, blue, green, pace.signal);
      refuseDifferences(compared.differences);
      pace.progress({ confirming: 'blue' });
      const [problem] = [
        ...(await clusterProblems(blue, compared.blue, pace.signal)),
        ...newProblems(compared.blue, request, disposed({ groups: [] })),
        ...createdAnew(disposed({ groups: [] }), compared.blue.topics, drained).map(anewProblem),
      ];
      if (problem !== undefined)
        throw new Refused(
          'BlueChanged',
          `Blue is not as it was in preflight: ${problem.on}: ${problem.problem} ${problem.remedy}`,
        );
      pace.progress({ confirming: 'seeds' });
      // Not those of `ambient` topics: what monitors write to green already expires there, and the drain seeds them again.
      const { groups } = compared.blue;
      const { seeds } = seedOffsets(groups, disposed({ groups }), await knownLogStarts(green, fenced, pace));
      const unseeded = (await verifySeeds(green, seeds, pace)).find(s => s.state.kind !== 'seeded');
      if (unseeded !== undefined)
        throw new Refused(
          'SeedMissing',
          `Group ${unseeded.group} is not seeded on green (${unseeded.state.kind}): it appeared after the seeds were written, or its offsets changed. Start again.`,
        );
      const tickets = await readTickets(
        green,
        seeds.map(s => s.group),
        pace,
      );
      const unheld = [...tickets].find(
        ([, seen]) =>
          seen.kind !== 'ticket' || seen.ticket.state !== 'held' || seen.ticket.deployment !== deployment.id,
      );
      if (unheld !== undefined)
        throw new Refused(
          'TicketMissing',
          `Group ${unheld[0]} has no ticket of this deployment on green. Start again.`,
        );
      return { detail: `parity, ${seeds.length} seeds and blue's health confirmed` };
    });
}

function anewProblem(topic: string): Problem {
  return {
    on: `topic ${topic}`,
    problem: 'was deleted and created anew, with whatever nobody had read there yet.',
    remedy: 'See who did it, and that its readers need nothing of it any more; then start again.',
  };
}

/** What appeared since preflight and has no disposition. What preflight decided stands: a group at rest falls behind while it rests. */
function newProblems(blue: Inventory, request: DeploymentRequest, decided: Dispositions): Problem[] {
  const known = new Set([
    ...decided.topics.map(t => `topic ${t.topic}`),
    ...decided.groups.map(g => `group ${g.group}`),
  ]);
  const options = { readRecord: request.readRecord !== undefined, waive: request.waive };
  return disposeAll(blue, request, options).problems.filter(p => !known.has(p.on));
}
