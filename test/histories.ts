/**
 * `npm run histories`: plays one run of every ending on a real server and keeps its history in test/histories, to be replayed
 * against later workflow code; `npm run histories -- paused` plays those of these names only. Nothing of the machine is kept: fixed
 * identities, paths relative to the project.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { projectRoot } from '../local/project-root.ts';
import { startLocalServer } from './support/temporal.ts';
import { type Deployment, type Scenario, withDeployment } from './workflows/deployments.ts';
import { failing } from './workflows/doubles.ts';

interface Kept extends Scenario {
  readonly play: (deployment: Deployment) => Promise<void>;
}

const ada = { by: 'ada', reason: 'wrong day' };
const slowly = (step: string) => ({ takesMs: (name: string) => (name === step ? 1_500 : 0) });
const begins = (deployment: Deployment, step: Parameters<Deployment['timed']['saw']>[0]) =>
  deployment.until(`${step} begins`, () => deployment.timed.saw(step));
const waits = (deployment: Deployment, kind: 'gate' | 'hold' | 'pause') =>
  deployment.until(`it waits at a ${kind}`, async () => (await deployment.status()).waitingFor?.kind === kind);

/** By the name of the file, which is the name of the run's cluster as well. */
const scenarios: Readonly<Record<string, Kept>> = {
  deployed: {
    play: async deployment => {
      await deployment.approve('flip');
      await deployment.approve('decommission');
    },
  },
  rejected: {
    play: async deployment => {
      await waits(deployment, 'gate');
      await deployment.signal('reject', ada);
    },
  },
  expired: { request: { approval: { deadline: '1s' } }, play: async () => {} },
  'rolled-back-before-flip': {
    ...slowly('awaitGreenStack'),
    play: async deployment => {
      await begins(deployment, 'awaitGreenStack');
      await deployment.update('rollback', ada);
    },
  },
  'rolled-back-after-flip': {
    ...slowly('freeze'),
    play: async deployment => {
      await deployment.approve('flip');
      await begins(deployment, 'freeze');
      await deployment.update('rollback', ada);
    },
  },
  'deployed-in-total-order': {
    request: { order: 'total' },
    doubles: world => ({
      settleHeld: failing(world.doubles().settleHeld, 1, 'orders on blue is still written; stop it, then resume.'),
    }),
    play: async deployment => {
      await deployment.approve('flip');
      await waits(deployment, 'hold');
      await deployment.signal('resume', { by: 'ada' });
      await deployment.approve('decommission');
    },
  },
  'held-and-resumed': {
    doubles: world => ({
      freeze: failing(world.doubles().freeze, 1, 'Broker 2 did not answer; start it, then resume.'),
    }),
    play: async deployment => {
      await deployment.approve('flip');
      await waits(deployment, 'hold');
      await deployment.signal('resume', { by: 'ada' });
      await deployment.approve('decommission');
    },
  },
  cancelled: {
    ...slowly('drainFirstGroup'),
    play: async deployment => {
      await deployment.approve('flip');
      await begins(deployment, 'drainFirstGroup');
      await deployment.handle.cancel();
    },
  },
  waived: {
    ...slowly('drainFirstGroup'),
    play: async deployment => {
      await deployment.approve('flip');
      await begins(deployment, 'drainFirstGroup');
      await deployment.update('waive', { by: 'ada', reason: 'switched off last year', group: 'reports' });
      await deployment.approve('decommission');
    },
  },
  'rolled-back-frozen': {
    ...slowly('drainFirstGroup'),
    play: async deployment => {
      await deployment.approve('flip');
      await begins(deployment, 'drainFirstGroup');
      await deployment.signal('rollback', ada);
    },
  },
  'rolled-back-from-hold': {
    doubles: world => ({ settle: failing(world.doubles().settle, 9, 'orders is still written.') }),
    play: async deployment => {
      await deployment.approve('flip');
      await waits(deployment, 'hold');
      await deployment.update('rollback', ada);
    },
  },
  'cancelled-before-flip': {
    play: async deployment => {
      await waits(deployment, 'gate');
      await deployment.handle.cancel();
    },
  },
  'cancelled-too-late': {
    ...slowly('releaseGroups'),
    play: async deployment => {
      await deployment.approve('flip');
      await begins(deployment, 'releaseGroups');
      await deployment.handle.cancel();
      await waits(deployment, 'hold');
      await deployment.update('resume', { by: 'ada' });
      await deployment.approve('decommission');
    },
  },
  failed: {
    doubles: world => ({ smokeTest: failing(world.doubles().smokeTest, 9, 'The transaction was refused.') }),
    play: async () => {},
  },
  'flip-refused': {
    doubles: world => ({ flipRecord: failing(world.doubles().flipRecord, 9, 'The record was changed by hand.') }),
    play: deployment => deployment.approve('flip'),
  },
  refused: {
    doubles: world => ({
      inspect: (input, call) => ({ ...(world.doubles().inspect(input, call) as object), deployment: null }),
    }),
    play: async () => {},
  },
  paused: {
    play: async deployment => {
      await waits(deployment, 'gate');
      await deployment.update('pause', { by: 'ada' });
      await deployment.approve('flip');
      await waits(deployment, 'pause');
      await deployment.signal('resume', { by: 'ada' });
      await deployment.approve('decommission');
    },
  },
  'deletion-rejected': {
    play: async deployment => {
      await deployment.approve('flip');
      await deployment.until('it waits for the deletion', async () => {
        const { waitingFor } = await deployment.status();
        return waitingFor?.kind === 'gate' && waitingFor.gate === 'decommission';
      });
      await deployment.update('reject', { by: 'grace', gate: 'decommission', reason: 'auditors first' });
      await waits(deployment, 'hold');
      await deployment.update('resume', { by: 'grace' });
      await deployment.approve('decommission');
    },
  },
  'messages-ignored': {
    play: async deployment => {
      await waits(deployment, 'gate');
      await deployment.signal('aprove', { by: 'ada' });
      await deployment.signal('approve', { by: 7 });
      await deployment.signal('__temporal_approve', { by: 'ada' });
      await deployment.update('observe', { kind: 'restart-now', groups: ['billing'] });
      await deployment.approve('flip');
      await deployment.approve('decommission');
    },
  },
};

const folder = join(import.meta.dirname, 'histories');

async function keep(server: TestWorkflowEnvironment, name: string, { play, ...scenario }: Kept): Promise<void> {
  const { history, status } = await withDeployment(server, name, scenario, async deployment => {
    await play(deployment);
    // How it ends is in the history; a run that failed as it should throws here.
    await deployment.handle.result().catch(() => {});
    return {
      history: await deployment.handle.fetchHistory(),
      status: (await deployment.handle.describe()).status.name,
    };
  });
  const { events } = JSON.parse(historyToJSON(history)) as { events: readonly object[] };
  const root = projectRoot();
  const lines = events.map(event => JSON.stringify(event).replaceAll(`file://${root}/`, '').replaceAll(`${root}/`, ''));
  await writeFile(join(folder, `${name}.json`), `{"events":[\n${lines.join(',\n')}\n]}\n`);
  console.log(`${name}: ${status.toLowerCase()}, ${events.length} events`);
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter(name => scenarios[name] === undefined);
if (unknown.length > 0) throw new Error(`There is no run of the name ${unknown.join(', ')}.`);

await mkdir(folder, { recursive: true });
const server = await startLocalServer();
try {
  const kept = Object.entries(scenarios).filter(([name]) => wanted.length === 0 || wanted.includes(name));
  await Promise.all(kept.map(([name, scenario]) => keep(server, name, scenario)));
} finally {
  await server.teardown();
}
