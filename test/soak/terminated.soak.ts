/**
 * A run is terminated in each phase from approval to bake, while applications are at work, and the printed commands bring it to its
 * end: back to blue, with what stays on green counted as the auditor counts it, or on to green.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Kafka, Partitioners } from 'kafkajs';
import { until } from '../../local/until.ts';
import { BLUE, GREEN, request } from '../e2e/deployment.ts';
import { Service } from '../e2e/service.ts';
import { runs } from '../e2e/shell.ts';
import { Straggler } from '../e2e/straggler.ts';
import { assertNamesWhatIsLeft, resetIn, terminate } from '../e2e/terminated.ts';
import { guarantee } from '../support/guarantee.ts';

/** Sweeps leave time to be seen in the drain: the library's groups are drained by the second one. */
const input = {
  ...request,
  groups: [{ match: '*', disposition: 'move' }],
  drain: { ...request.drain, every: '3s' },
};

/** Ends what keeps the run in its phase. */
type LetGo = () => Promise<void>;

interface Back {
  readonly phase: 'approval' | 'flip' | 'settle' | 'freeze' | 'drain';
  /** Brings the run from the gate of the flip into the phase, and keeps it there. */
  readonly reach: (service: Service) => Promise<LetGo>;
}

const nothing: LetGo = async () => undefined;

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
  { phase: 'approval', reach: async () => nothing },
  {
    phase: 'flip',
    reach: async service => {
      await service.operator.approve('flip');
      await service.in('flip');
      return nothing;
    },
  },
  {
    phase: 'settle',
    reach: async ({ operator, eyes }) => {
      await operator.approve('flip');
      const straggler = await Straggler.start(await eyes.kafka(BLUE, 'straggler'), 'orders');
      await operator.until('the run is in settle', s => s.phase === 'settle');
      return async () => void (await straggler.stop());
    },
  },
  {
    phase: 'freeze',
    reach: async ({ operator, eyes }) => {
      const commit = await openTransaction(await eyes.kafka(BLUE, 'transactional'));
      await operator.approve('flip');
      await until(
        'blue is fenced but for markers',
        async () => (await eyes.topicConfigs(BLUE))['orders']?.['max.message.bytes'] === '78',
        { withinMs: 120_000 },
      );
      return commit;
    },
  },
  {
    phase: 'drain',
    reach: async service => {
      await service.operator.approve('flip');
      await service.in('drain');
      return nothing;
    },
  },
];

describe('a run that is terminated before its first release is taken back by the printed commands', () => {
  let service: Service;
  before(async () => {
    service = await Service.start();
  });
  after(() => service?.stop());

  for (const { phase, reach } of phases)
    test(
      ...guarantee(
        { promise: 'returns', fault: `the run is terminated in ${phase}` },
        `when it is terminated in ${phase}, and blue is as it was found`,
        async () => {
          const { local, operator, eyes } = service;
          await service.toTheGate(input);
          const letGo = await reach(service);
          const left = await terminate(operator, input);
          await assertNamesWhatIsLeft(left, eyes);
          for (const command of left.commands) await runs(local, command);
          await letGo();
          const report = await operator.handle.result();
          assert.equal(report.outcome, 'rolled-back');
          await eyes.commitAtEnds(BLUE, 'billing', 'orders');
          if ((await eyes.stackStatus(GREEN)) === 'absent') {
            await service.traffic.dismiss(service.green);
            await service.assertUndone(report);
          } else {
            await service.assertRolledBack(report);
            await service.deleteGreenAsPrinted(report);
          }
          assert.deepEqual((await operator.plan(input)).problems, []);
        },
      ),
    );

  test(
    ...guarantee(
      {
        promise: 'nothingLost',
        fault: 'a run is terminated in every phase from approval to drain, one after the other',
      },
      'costs no record over all of them',
      async () => {
        await service.traffic.assertClean();
      },
    ),
  );
});

for (const phase of ['release', 'bake'] as const)
  describe(`a run that is terminated in ${phase} goes on by the printed commands`, () => {
    let service: Service;
    before(async () => {
      service = await Service.start();
    });
    after(() => service?.stop());

    test(
      ...guarantee(
        { promise: 'deletion', fault: `the run is terminated in ${phase}` },
        `and ends deployed after ${phase}, with every row of the ledger drained and no record lost, doubled or reordered`,
        async () => {
          const { local, operator, eyes } = service;
          // A group that lags keeps the release open until it has caught up.
          if (phase === 'release') await eyes.commitAtEnds(BLUE, 'reports', 'payments', 3);
          await service.toTheGate({ ...input, bake: '10m' });
          await operator.approve('flip');
          await operator.until(`the run is in ${phase}`, s => s.phase === phase);
          const left = await terminate(operator, input);
          await assertNamesWhatIsLeft(left, eyes);
          await runs(local, resetIn(left));
          if (phase === 'release') await eyes.commitAtEnds(BLUE, 'reports', 'payments');
          await operator.approve('bake');
          const report = await service.replaceBlue();
          assert.equal(report.ledger?.rows, report.ledger?.drained);
          await service.traffic.assertClean();
        },
      ),
    );
  });
