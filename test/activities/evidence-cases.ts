/** The evidence store goes away, or says something else than was put there: nothing is taken for proved, and nothing starts anew. */
import assert from 'node:assert/strict';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { readTickets } from '../../kafka/tickets.ts';
import { createTopics, eventually } from '../kafka/clients.ts';
import { commit, type DrainCase, leftOf, produce } from './drain-cases.ts';
import { type Clusters, holding, openWorld, type Step, type World } from './drain-world.ts';

export const evidenceCases: readonly DrainCase[] = [
  {
    promise: 'holds',
    fault: 'the folder of the evidence store is gone while groups drain',
    title: 'Without its evidence store the drain releases nobody; with it again it goes on to the end',
    run: async clusters => {
      const world = await behind(clusters);
      const draining = world.start('releaseGroups');
      await eventually('the group is behind', () => leftOf(draining, 'billing') === '6');
      await rename(world.directory, `${world.directory}-away`);
      await commit(clusters, 'billing', { orders: [10] });
      await assert.rejects(
        draining.result,
        holding('EvidenceMissing', /is not in .*Check that the worker uses the store the run began with/),
      );
      const ticket = (await readTickets(clusters.green, ['billing'])).get('billing');
      assert.ok(ticket?.kind === 'ticket' && ticket.ticket.state === 'held', JSON.stringify(ticket));
      await assert.rejects(
        world.step('releaseGroups'),
        holding('EvidenceMissing', /The \w+ of this run cannot be found/),
      );
      await rename(`${world.directory}-away`, world.directory);
      await world.step('releaseGroups');
      await world.step('proveBlueDrained');
    },
  },
  {
    promise: 'deletion',
    fault: 'a byte of the evidence is changed, in the drain and before the deletion',
    title: 'Altered originals, frozen ends or ledger hold by name, and count for nothing until they are restored',
    run: async clusters => {
      const world = await behind(clusters);
      await commit(clusters, 'billing', { orders: [10] });
      await world.step('drainFirstGroup');
      for (const name of ['originals', 'frozen', 'ledger', 'inventory'] as const)
        await assert.rejects(altering(world, name, 'releaseGroups'), holding('EvidenceAltered', saying(name)));
      await world.step('releaseGroups');
      for (const name of ['originals', 'frozen', 'ledger', 'dispositions'] as const)
        await assert.rejects(altering(world, name, 'proveBlueDrained'), holding('EvidenceAltered', saying(name)));
      await world.step('proveBlueDrained');
    },
  },
];

async function behind(clusters: Clusters): Promise<World> {
  await createTopics(clusters.blue, [{ topic: 'orders' }]);
  await produce(clusters, 'orders', 10);
  await commit(clusters, 'billing', { orders: [4] });
  const world = await openWorld(clusters, { groups: [{ match: '*', disposition: 'move' }] });
  await world.prepare();
  await world.step('freeze');
  return world;
}

function saying(name: string): RegExp {
  return new RegExp(
    `The ${name} of this run cannot be trusted. Evidence sha256:\\w+ is not what was put there .*Restore it`,
  );
}

/** Runs the step while one byte of this evidence is another one. */
async function altering(world: World, name: keyof World['evidence'], step: Step): Promise<unknown> {
  const file = world.fileOf(world.evidence[name]);
  const bytes = await readFile(file);
  const altered = Buffer.from(bytes);
  altered[0] = (altered[0] ?? 0) ^ 1;
  await writeFile(file, altered);
  try {
    return await world.step(step);
  } finally {
    await writeFile(file, bytes);
  }
}
