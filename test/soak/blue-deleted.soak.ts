/**
 * Somebody deletes blue by hand while a deployment is between its flip and its own deletion of blue. What nobody had read there is
 * gone with it; the run says so, ends on green once somebody answers for that, and costs nothing beyond.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import { until } from '../../local/until.ts';
import { APPLICATIONS } from '../e2e/audited.ts';
import { kafkaBluegreen } from '../e2e/command.ts';
import { BLUE, type Operator, request, WORKFLOW_ID } from '../e2e/deployment.ts';
import type { Eyes } from '../e2e/eyes.ts';
import { runs } from '../e2e/shell.ts';
import { guarantee } from '../support/guarantee.ts';
import { type FlippedDeployment, flipped, meet } from './flipped.ts';

const WITHIN_MS = 60_000;
/** Longer than it takes here to see that nobody writes to blue any more, and to delete it. */
const SETTLES_FOR = '30s';
const ASKS_FOR_WAIVER =
  /^Stack kafka-orders-a is DELETE_\w+ and its cluster does not answer: .*waive topic \*, and say why\.$/;

describe('a blue that somebody deletes', { concurrency: 2 }, () => {
  for (const phase of ['settle', 'drain', 'release'] as const)
    test(
      ...guarantee(
        { promise: 'holds', fault: `somebody deletes blue by hand (${phase})` },
        `in ${phase} holds the run until somebody answers for its records; then it ends on green, which loses, doubles and reorders nothing`,
        async context => {
          const deployment = await flipped(context, SETTLES_FOR);
          const met = await meet(deployment, phase, 0);
          assert.equal(met, phase);
          await deleteBlue(deployment);
          await deployment.holds.nextLike(ASKS_FOR_WAIVER);
          await deployment.holds.resume();
          assert.match(await deployment.holds.next(), ASKS_FOR_WAIVER, 'a resume alone answers for nothing');
          await endWithoutBlue(deployment);
        },
      ),
    );

  test(
    ...guarantee(
      { promise: 'holds', fault: 'somebody deletes blue by hand, and somebody else rolls back' },
      'nobody is sent back to it: writers go on writing to green, and the run that was reset to before the rollback ends there',
      async context => {
        const deployment = await flipped(context, SETTLES_FOR);
        const { local, eyes, operator, traffic, holds } = deployment;
        await meet(deployment, 'settle', 0);
        await deleteBlue(deployment);
        await holds.nextLike(ASKS_FOR_WAIVER);
        const signpost = await eyes.signpost();
        await operator.tell('rollback', {});
        assert.match(
          await holds.next(),
          /^Stack kafka-orders-a is DELETE_COMPLETE, .*nothing to go back to, and nothing was moved\. .*workflow reset --reapply-exclude All/,
        );
        assert.deepEqual(await eyes.signpost(), signpost);
        await traffic.flows();
        const event = await taskThatTook(operator, 'rollback');
        await runs(
          local,
          `temporal workflow reset --workflow-id ${WORKFLOW_ID} --event-id ${event} --reapply-exclude All --reason "blue is gone"`,
        );
        await holds.nextLike(ASKS_FOR_WAIVER);
        await endWithoutBlue(deployment);
      },
    ),
  );
});

/** Once nobody writes there any more, so that the auditor has seen all that it held. */
async function deleteBlue({ eyes, traffic }: FlippedDeployment): Promise<void> {
  let before = '';
  await until(
    'nobody writes to blue',
    async () => {
      const ends = await endsOf(eyes);
      const quiet = ends === before;
      before = ends;
      return quiet;
    },
    { withinMs: WITHIN_MS, everyMs: 1_500 },
  );
  await traffic.strand(BLUE);
  await eyes.aws.cloudFormation.send(new DeleteStackCommand({ StackName: BLUE }));
  await until('blue is gone', async () => (await eyes.stackStatus(BLUE)) === 'absent', { withinMs: WITHIN_MS });
}

function endsOf(eyes: Eyes): Promise<string> {
  return eyes.admin(BLUE, async admin => {
    const ends = [];
    // kafkajs answers nothing for one of several topics that are asked for at the same time.
    for (const { topic } of APPLICATIONS.topics) ends.push(await admin.fetchTopicOffsets(topic));
    return JSON.stringify(ends);
  });
}

async function endWithoutBlue({ local, operator, traffic }: FlippedDeployment): Promise<void> {
  const reason = 'it was deleted by mistake';
  const waived = await kafkaBluegreen(
    local,
    'waive',
    request.cluster,
    '--topic',
    '*',
    '--reason',
    reason,
    '--by',
    'grace',
  );
  assert.equal(waived.code, 0, waived.out);
  await operator.approve('decommission');
  const report = await operator.handle.result();
  assert.equal(report.outcome, 'deployed');
  assert.deepEqual(
    report.waivers.map(({ name, by }) => ({ name, by })),
    [{ name: '*', by: 'grace' }],
  );
  await traffic.flows();
  await traffic.assertClean();
}

/** The workflow task in which the run took the message. */
async function taskThatTook({ handle }: Operator, message: string): Promise<string> {
  const events = (await handle.fetchHistory()).events ?? [];
  const taken = events.findIndex(
    e => e.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name === message,
  );
  const task = events.slice(0, taken).findLast(e => e.workflowTaskCompletedEventAttributes);
  assert.ok(task?.eventId, `a task took ${message}`);
  return String(task.eventId);
}
