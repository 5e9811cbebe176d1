/**
 * A whole run whose worker loses its Kafka user on the way: BlueGreenWorkflow on Temporal's own server, met by the command, with the
 * real steps on brokers that ask for a login. What is done to AWS is replaced.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { pino } from 'pino';
import { run as runCommand } from '../../client/program.ts';
import type { Activities, StepInput } from '../../contract/activities.ts';
import type { ClusterEndpoint } from '../../contract/deployment.ts';
import { ExitCode } from '../../contract/exit-codes.ts';
import { openEvidenceStore } from '../../evidence/open.ts';
import { connectCluster } from '../../kafka/cluster.ts';
import { readTickets } from '../../kafka/tickets.ts';
import { observations } from '../../worker/observations.ts';
import { commit, produce } from '../activities/drain-cases.ts';
import { deploymentOf, realActivities } from '../activities/drain-world.ts';
import { createTopics, eventually } from '../kafka/clients.ts';
import { startTestCluster, temporaryDirectory } from '../support/cluster.ts';
import { guarantee } from '../support/guarantee.ts';
import { setPassword } from '../support/login.ts';
import { createWorker, startLocalServer } from '../support/temporal.ts';
import { type Deployment, startDeployment } from '../workflows/deployments.ts';
import { plan, World } from '../workflows/doubles.ts';
import { TimedActivities } from '../workflows/timed.ts';

const CLUSTER = 'orders';
const sasl = { mechanism: 'SCRAM-SHA-512', username: 'worker', password: 'a secret' } as const;
/** A login ends after this, as it does where operators care about revoking it. */
const briefLogins = { 'listener.name.login.scram-sha-512.connections.max.reauth.ms': '1500' };

// First, while nothing else takes the machine: it is given five seconds to start.
const server = await startLocalServer();
after(() => server.teardown());
const [blueBrokers, greenBrokers] = await Promise.all([
  startTestCluster({ version: '3.9.2', metadataMode: 'zookeeper', brokers: 1, login: {}, config: briefLogins }),
  startTestCluster({ version: '4.3.1', metadataMode: 'kraft', brokers: 1, login: {} }),
]);
const login = {
  blue: { bootstrap: blueBrokers.loginBootstrap, security: { sasl } },
  green: { bootstrap: greenBrokers.loginBootstrap, security: { sasl } },
};
/** The clusters by the listener that asks nobody. */
const [blue, green] = await Promise.all(
  [blueBrokers, greenBrokers].map(({ bootstrap }) => connectCluster({ bootstrap })),
);
assert.ok(blue && green);
const clusters = { blue, green };

/** Of a deployment request, beside what every one has here. */
const asked = {
  settle: { clientCache: '0s', quiet: '1s' },
  drain: { sweeps: 2, every: '100ms' },
  groups: [{ match: '*', disposition: 'move' }],
  waive: [{ kind: 'user', name: '*', by: 'ada', reason: 'of the test' }],
};

const stepsOnKafka = [
  'copyTopics',
  'seedGroups',
  'compareClusters',
  'smokeTest',
  'saveOriginals',
  'keepRecords',
  'settle',
  'freeze',
  'drainFirstGroup',
  'releaseGroups',
  'awaitReadersGone',
  'putKeepBackOnGreen',
  'proveBlueDrained',
  'removeTickets',
] as const satisfies readonly (keyof Activities)[];

describe('a worker whose Kafka user is revoked', () => {
  before(async () => {
    for (const cluster of [blue, green]) await setPassword(cluster, sasl.username, sasl.password);
  });
  after(() => Promise.all([blue.close(), green.close()]));

  test(
    ...guarantee(
      { promise: 'holds', fault: "the worker's Kafka user is revoked in the middle of the drain, in a whole run" },
      'the run holds with who was refused where and what to do, changes nothing, and goes on from there to the deletion',
      async () => {
        await createTopics(blue, [{ topic: 'orders' }]);
        await produce(clusters, 'orders', 10);
        for (const group of ['audit', 'billing']) await commit(clusters, group, { orders: [4] });

        const run = await startRun();
        const report = await run.worker.runUntil(async () => {
          const { deployment } = run;
          const holds = new Holds(deployment, server.address);
          await deployment.approve('flip');
          await holds.untilShown(/in drain,.* billing \([^)]*left 6\b/s);
          await setPassword(blue, sasl.username, null);
          await holds.next('drain');
          assert.deepEqual(await tickets(), { audit: 'held', billing: 'held' });
          await holds.resume();
          await holds.next('drain');
          await admitAgain();
          await holds.resume();
          await holds.untilShown(/now: drainFirstGroup.* billing \([^)]*left 6\b/s);

          await commit(clusters, 'audit', { orders: [10] });
          await holds.untilShown(/in release,.* billing \([^)]*left 6\b/s);
          await eventually('audit is released', async () => (await tickets())['audit'] === 'released');
          await setPassword(blue, sasl.username, 'another secret');
          await holds.next('release');
          await commit(clusters, 'billing', { orders: [10] });
          assert.deepEqual(await tickets(), { audit: 'released', billing: 'held' });
          assert.deepEqual([run.world.flips, run.world.writers, run.world.blueStack], [1, 'green', true]);
          await admitAgain();
          await holds.resume();
          await deployment.approve('decommission');
          return deployment.handle.result();
        });
        assert.equal(report.outcome, 'deployed');
        assert.deepEqual([run.world.flips, run.world.blueStack], [1, false]);
        assert.deepEqual([report.ledger?.rows, report.ledger?.drained, report.ledger?.groups], [2, 2, 2]);
      },
    ),
  );
});

/** The run and its worker, which logs in to both clusters; preflight's findings are of the clusters as they are. */
async function startRun() {
  const evidence = openEvidenceStore(`file:${await temporaryDirectory('evidence-')}`);
  const tell = observations(server.connection, 'default', pino({ level: 'silent' }));
  const real = realActivities(evidence, login, tell);
  const world = new World();
  let made: ClusterEndpoint | null = null;
  const timed = new TimedActivities({
    ...world.doubles(),
    inspect: async ({ request, id }: Parameters<Activities['inspect']>[0]) => {
      const found = await deploymentOf(clusters, request, evidence, login);
      made = found.green;
      return { plan, deployment: { ...found, id, green: null }, searchAttributes: [] };
    },
    awaitGreenStack: () => ({ detail: 'green answers', green: made }),
  });
  // Without an epoch, as before a run's first signpost: there is no Route 53 here that could show one.
  const onKafka = Object.fromEntries(
    stepsOnKafka.map(name => [
      name,
      ({ deployment, ...rest }: StepInput) => real[name]({ ...rest, deployment: { ...deployment, epoch: null } }),
    ]),
  );
  const worker = await createWorker(server.nativeConnection, CLUSTER, { ...timed.activities, ...onKafka });
  return { world, worker, deployment: await startDeployment(server, CLUSTER, asked, world, timed) };
}

/** Gives the user its password back, and returns when blue knows it. */
async function admitAgain(): Promise<void> {
  await setPassword(clusters.blue, sasl.username, sasl.password);
  await eventually('the worker may log in', async () => {
    try {
      await (await connectCluster(login.blue)).close();
      return true;
    } catch {
      return false;
    }
  });
}

async function tickets(): Promise<Record<string, string>> {
  const found = await readTickets(clusters.green, ['audit', 'billing']);
  return Object.fromEntries([...found].map(([group, t]) => [group, t.kind === 'ticket' ? t.ticket.state : t.kind]));
}

/** Holds as an operator meets them: by the query, by Temporal's current details and by the command, which ends them too. */
class Holds {
  readonly #deployment: Deployment;
  readonly #address: string;
  #since = '';

  constructor(deployment: Deployment, address: string) {
    this.#deployment = deployment;
    this.#address = address;
  }

  /** Waits for a hold that was not met yet. */
  async next(phase: 'drain' | 'release'): Promise<void> {
    await this.#deployment.until(`it holds in ${phase}`, async () => {
      const { waitingFor } = await this.#deployment.status();
      return waitingFor?.kind === 'hold' && waitingFor.since !== this.#since;
    });
    const { waitingFor } = await this.#deployment.status();
    assert.ok(waitingFor?.kind === 'hold');
    this.#since = waitingFor.since;
    assert.equal(waitingFor.phase, phase);
    const { reason, command } = waitingFor;
    assert.equal(
      reason,
      `Broker ${login.blue.bootstrap} of cluster ${clusters.blue.clusterId} refused the login of user worker (SCRAM-SHA-512). See that the user exists there with the password that the worker has (KAFKA_BLUEGREEN_KAFKA_SECURITY), restart the worker if that changed, then try again.`,
    );
    const details = (await this.#currentDetails()).replaceAll(/\\(\W|_)/g, '$1');
    for (const said of [reason, command, '--name resume'])
      assert.ok(details.includes(said), `current details say ${said}:\n${details}`);
    const { code, out } = await this.#command('status', CLUSTER);
    assert.equal(code, ExitCode.Waits, out);
    for (const said of [`HOLDS in ${phase} `, reason, `Nothing changes until:\n  kafka-bluegreen resume ${CLUSTER}`])
      assert.ok(out.includes(said), `the command says ${said}:\n${out}`);
  }

  /** By the command that `status` shows. */
  async resume(): Promise<void> {
    const { code, out } = await this.#command('resume', CLUSTER, '--by', 'grace');
    assert.equal(code, ExitCode.Done, out);
  }

  /** Waits until the command says this of a run that holds nothing. */
  async untilShown(what: RegExp): Promise<void> {
    let last = '';
    const shown = this.#deployment.until(`the status is like ${what}`, async () => {
      const { code, out } = await this.#command('status', CLUSTER);
      last = out;
      assert.equal(code, ExitCode.Done, out);
      return what.test(out);
    });
    await shown.catch((error: unknown) => {
      throw new Error(`${String(error)} It said last:\n${last}`, { cause: error });
    });
  }

  async #currentDetails(): Promise<string> {
    const { handle } = this.#deployment;
    const metadata = await handle.query<{ readonly currentDetails?: string }>('__temporal_workflow_metadata');
    return metadata.currentDetails ?? '';
  }

  async #command(...args: readonly string[]): Promise<{ readonly code: number | null; readonly out: string }> {
    let out = '';
    const said = (text: string) => {
      out += text;
    };
    const code = await runCommand(['--address', this.#address, ...args], { out: said, err: said, environment: {} });
    return { code, out };
  }
}
