/** A run is terminated in each phase from provision to bake, and the printed commands bring it to its end: back to blue, or on to green. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import { type Kafka, Partitioners } from 'kafkajs';
import { type LocalStack, startLocal } from '../../local/stack.ts';
import { until } from '../../local/until.ts';
import { BLUE, bringUpBlue, GREEN, Operator, request } from '../e2e/deployment.ts';
import { Eyes } from '../e2e/eyes.ts';
import { runs } from '../e2e/shell.ts';
import { Straggler } from '../e2e/straggler.ts';
import { assertNamesWhatIsLeft, resetIn, terminate } from '../e2e/terminated.ts';
import { guarantee } from '../support/guarantee.ts';

const input = { ...request, groups: [{ match: '*', disposition: 'move' }] };

interface World {
  readonly local: LocalStack;
  readonly operator: Operator;
  readonly eyes: Eyes;
}

async function startWorld(): Promise<World> {
  const local = await startLocal();
  await bringUpBlue(local);
  await local.startWorker();
  return { local, operator: await Operator.connect(local), eyes: new Eyes(local) };
}

async function stopWorld(world: World | undefined): Promise<void> {
  await world?.operator.close();
  world?.eyes.close();
  await world?.local.stop();
}

/** Ends what keeps the run in its phase. */
type LetGo = () => Promise<void>;

interface Back {
  readonly phase: string;
  /** Done before the start: an admin client that commits for a group is its member for a moment. */
  readonly prepare?: (world: World) => Promise<void>;
  /** Brings the run into the phase, and keeps it there. */
  readonly reach: (world: World) => Promise<LetGo>;
}

const nothing: LetGo = async () => undefined;
const seen = ({ operator }: World, phase: string) => operator.until(`the run is in ${phase}`, s => s.phase === phase);

/** A transaction that is open on blue: the fence waits at 78 until it has ended. */
async function openTransaction(kafka: Kafka): Promise<LetGo> {
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    transactionalId: 'left-open',
    transactionTimeout: 600_000,
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic: 'orders', messages: [{ key: 'k', value: 'in a transaction' }] });
  return async () => {
    await transaction.commit();
    await producer.disconnect();
  };
}

const phases: readonly Back[] = [
  {
    phase: 'approval',
    reach: async world => {
      await seen(world, 'approval');
      return nothing;
    },
  },
  {
    phase: 'flip',
    reach: async world => {
      await world.operator.approve('flip');
      await seen(world, 'flip');
      return nothing;
    },
  },
  {
    phase: 'settle',
    reach: async world => {
      await world.operator.approve('flip');
      const straggler = await Straggler.start(await world.eyes.kafka(BLUE, 'straggler'), 'orders');
      await seen(world, 'settle');
      return async () => void (await straggler.stop());
    },
  },
  {
    phase: 'freeze',
    reach: async world => {
      await world.operator.until('the run waits for flip', s => s.waitingFor?.kind === 'gate');
      const commit = await openTransaction(await world.eyes.kafka(BLUE, 'transactional'));
      await world.operator.approve('flip');
      await until(
        'blue is fenced but for markers',
        async () => (await world.eyes.topicConfigs(BLUE))['orders']?.['max.message.bytes'] === '78',
        { withinMs: 120_000 },
      );
      return commit;
    },
  },
  {
    phase: 'drain',
    prepare: ({ eyes }) => eyes.commitAtEnds(BLUE, 'billing', 'orders', 3),
    reach: async world => {
      await world.operator.approve('flip');
      await until(
        'blue is fenced',
        async () => (await world.eyes.topicConfigs(BLUE))['orders']?.['max.message.bytes'] === '1',
        { withinMs: 120_000 },
      );
      await seen(world, 'drain');
      return nothing;
    },
  },
];

describe('a run that is terminated before its first release is taken back by the printed commands', () => {
  let world: World;
  before(async () => {
    world = await startWorld();
  });
  after(() => stopWorld(world));

  for (const { phase, prepare, reach } of phases)
    test(
      ...guarantee(
        { promise: 'returns', fault: `the run is terminated in ${phase}` },
        `when it is terminated in ${phase}, and blue is as it was found`,
        async () => {
          const { local, operator, eyes } = world;
          const found = { record: await eyes.record(), configs: await eyes.topicConfigs(BLUE) };
          await prepare?.(world);
          await operator.start(input);
          const letGo = await reach(world);
          const left = await terminate(operator, input);
          await assertNamesWhatIsLeft(left, eyes);
          for (const command of left.commands) await runs(local, command);
          await letGo();
          assert.equal((await operator.handle.result()).outcome, 'rolled-back');
          assert.deepEqual(await eyes.record(), found.record);
          assert.deepEqual(await eyes.topicConfigs(BLUE), found.configs);
          assert.equal((await eyes.signpost())?.['by'], '-');
          await eyes.write(BLUE, 'orders', 1);
          for (const topic of ['orders', 'payments']) await eyes.commitAtEnds(BLUE, 'billing', topic);
          if ((await eyes.stackStatus(GREEN)) !== 'absent') {
            await eyes.aws.cloudFormation.send(new DeleteStackCommand({ StackName: GREEN }));
            await until('green is gone', async () => (await eyes.stackStatus(GREEN)) === 'absent', {
              withinMs: 60_000,
            });
          }
          assert.deepEqual((await operator.plan(input)).problems, []);
        },
      ),
    );
});

for (const phase of ['release', 'bake'] as const)
  describe(`a run that is terminated in ${phase} goes on by the printed commands`, () => {
    let world: World;
    before(async () => {
      world = await startWorld();
    });
    after(() => stopWorld(world));

    test(
      ...guarantee(
        { promise: 'deletion', fault: `the run is terminated in ${phase}` },
        'and ends deployed, with every row of the ledger drained',
        async () => {
          const { local, operator, eyes } = world;
          // A group that lags keeps the release open until it has caught up.
          if (phase === 'release') await eyes.commitAtEnds(BLUE, 'reports', 'payments', 3);
          await operator.start({ ...input, bake: '10m' });
          await operator.approve('flip');
          await seen(world, phase);
          const left = await terminate(operator, input);
          await assertNamesWhatIsLeft(left, eyes);
          await runs(local, resetIn(left));
          if (phase === 'release') await eyes.commitAtEnds(BLUE, 'reports', 'payments');
          await operator.approve('bake');
          await operator.approve('decommission');
          const report = await operator.handle.result();
          assert.equal(report.outcome, 'deployed');
          assert.equal(report.ledger?.rows, report.ledger?.drained);
          assert.equal(await eyes.stackStatus(BLUE), 'absent');
        },
      ),
    );
  });
