import type { Activities } from '../contract/activities.ts';
import { readGroupFacts } from '../kafka/group-facts.ts';
import { knownLogStarts } from '../kafka/known-offsets.ts';
import { commitSeeds, seedOffsets, topicsToSeed } from '../kafka/seeds.ts';
import { ensureTicketTopic, putTicket } from '../kafka/tickets.ts';
import { type Dependencies, endpointOf } from './dependencies.ts';
import { scopeOf } from './scope.ts';
import { perform, Refused } from './step.ts';

/** Every group that moves has its offsets on green at the log start, and a ticket that holds it on blue. */
export function seedGroups(deps: Dependencies): Activities['seedGroups'] {
  return input =>
    perform(async pace => {
      const { deployment } = input;
      const { disposed } = await scopeOf(deps, input);
      await using blue = await deps.connect(deployment.blue);
      await using green = await deps.connect(endpointOf(deployment, 'green'));
      await ensureTicketTopic(green, pace);
      const groups = await readGroupFacts(blue, pace.signal);
      const starts = await knownLogStarts(green, topicsToSeed(groups), pace);
      const { seeds, missing } = seedOffsets(groups, disposed({ groups }), starts);
      if (missing[0] !== undefined)
        throw new Refused(
          'TopicMissing',
          `Topic ${missing[0].topic}, which group ${missing[0].group} reads, has no readable log on green. Copy it there, then start again.`,
        );
      const seeded = await commitSeeds(green, seeds, pace);
      const split = seeded.find(s => s.state.kind === 'split');
      if (split !== undefined)
        throw new Refused(
          'GroupSplit',
          `Group ${split.group} already reads on green before the flip. Stop its members there, then start again.`,
        );
      for (const { group } of seeds) {
        const put = await putTicket(green, group, { deployment: deployment.id, state: 'held' }, pace);
        if (put.kind !== 'written')
          throw new Refused(
            'TicketRefused',
            `The ticket of group ${group} could not be written on green (${put.kind}). Stop its members there, then start again.`,
          );
      }
      const partitions = seeds.flatMap(s => s.topics.flatMap(t => t.partitions)).length;
      return { detail: `${seeds.length} groups seeded (${partitions} offsets), tickets held` };
    });
}
