/**
 * One service, one stream of records, two runs: one is cancelled after its flip and goes back, the next goes on to the end
 * although somebody asks for a way back too late.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { Service } from '../e2e/service.ts';
import { guarantee } from '../support/guarantee.ts';

const TOO_LATE = /^The first group was already released to green: /;

describe('a service whose deployments end in every way', () => {
  let service: Service;
  before(async () => {
    service = await Service.start();
  });
  after(() => service?.stop());

  test(
    ...guarantee(
      { promise: 'returns', fault: 'the workflow is cancelled while groups drain' },
      'goes back to blue when the workflow is cancelled in drain: green keeps its records, counted, and the run ends CANCELED',
      async () => {
        const { operator } = service;
        await service.toTheGate();
        await operator.approve('flip');
        await service.in('drain');
        const report = await service.takeBack('cancel', 'drain');
        assert.equal((await operator.handle.describe()).status.name, 'CANCELLED');
        await service.assertRolledBack(report);
        await service.deleteGreenAsPrinted(report);
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'holds', fault: 'a rollback and a cancellation after the first release' },
      'goes on after the first release: a rollback is refused with a sentence, and a cancellation holds before the next phase',
      async () => {
        const { operator } = service;
        await service.toTheGate();
        await operator.approve('flip');
        await service.in('release');
        await assert.rejects(
          operator.tell('rollback', { reason: 'too late' }),
          error => error instanceof WorkflowUpdateFailedError && TOO_LATE.test(error.cause?.message ?? ''),
        );
        assert.match((await operator.status()).rollback.why, TOO_LATE);
        await operator.handle.cancel();
        assert.match(
          await service.holds.next(),
          /^The workflow was cancelled, and cannot go back\. The first group was/,
        );
        const { phase, ignored, waitingFor } = await operator.status();
        assert.deepEqual([phase, waitingFor?.kind === 'hold' && waitingFor.phase], ['release', 'release']);
        assert.match(
          ignored.last.at(-1)?.why ?? '',
          /The run holds before its next phase, and before blue is deleted\.$/,
        );
        await operator.tell('resume', {});
        await service.replaceBlue();
      },
    ),
  );

  test(
    ...guarantee(
      {
        promise: 'nothingLost',
        fault: 'a deployment that goes back and one that is carried through, on one stream of records',
      },
      'costs no record: nothing that was acknowledged over both runs is lost, doubled or out of order',
      async () => {
        await service.traffic.assertClean();
      },
    ),
  );
});
