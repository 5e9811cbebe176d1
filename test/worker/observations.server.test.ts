import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Context } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import pino from 'pino';
import type { Observation } from '../../contract/observation.ts';
import { observations } from '../../worker/observations.ts';
import { startLocalServer } from '../support/temporal.ts';
import { withDeployment } from '../workflows/deployments.ts';

const STOPPED: Observation = { kind: 'never-finishes', groups: [{ group: 'billing', why: 'it has no members' }] };
const GOES_ON: Observation = { kind: 'clear', what: 'never-finishes' };

describe('what a running step sees', () => {
  let server: TestWorkflowEnvironment;
  before(async () => {
    server = await startLocalServer();
  });
  after(() => server.teardown());

  test('is shown as often as it changes, goes away as often, and is not written down where it is shown already', async () => {
    const tell = observations(server.connection, 'default', pino({ level: 'silent' }));
    const shown: number[] = [];
    let taken = 0;
    const settle = async () => {
      const { workflowExecution } = Context.current().info;
      const handle = server.client.workflow.getHandle(workflowExecution?.workflowId ?? '');
      for (const observation of [STOPPED, STOPPED, GOES_ON, GOES_ON, STOPPED, GOES_ON]) {
        await tell(observation);
        const { attention } = await handle.query<{ attention: readonly string[] }>('status');
        shown.push(attention.length);
      }
      // Not the length of the history: what else happens in the run meanwhile has events of its own.
      const { events } = await handle.fetchHistory();
      taken = (events ?? []).filter(
        event => event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name === 'observe',
      ).length;
      return { detail: 'done' };
    };
    await withDeployment(server, 'observed', { doubles: () => ({ settle }) }, async deployment => {
      await deployment.approve('flip');
      await deployment.approve('decommission');
      await deployment.handle.result();
    });
    assert.deepEqual(shown, [1, 1, 0, 0, 1, 0]);
    assert.equal(taken, 4);
  });
});
