import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import { guardOfThisProcess } from '../../local/guard.ts';
import { startTemporal } from '../../local/temporal-server.ts';
import { until } from '../../local/until.ts';
import { temporaryDirectory } from '../support/cluster.ts';

describe("the house's Temporal", () => {
  test('is there again after it was killed, at the same address and with every run', async () => {
    const said: string[] = [];
    const directory = await temporaryDirectory('temporal-');
    const server = await startTemporal({ directory, guard: guardOfThisProcess(), log: line => said.push(line) });
    try {
      const connection = await Connection.connect({ address: server.address });
      const { workflow } = new Client({ connection });
      const { workflowId, firstExecutionRunId } = await workflow.start('Waits', {
        taskQueue: 'nobody',
        workflowId: 'kept',
      });
      const first = server.pid();
      process.kill(first, 'SIGKILL');
      await until('another server is there', () => server.pid() !== first, { withinMs: 60_000 });
      const described = await workflow.getHandle(workflowId).describe();
      assert.deepEqual([described.runId, described.status.name], [firstExecutionRunId, 'RUNNING']);
      assert.match(said.join('\n'), /Temporal ended \(SIGKILL\); it starts again/);
      await connection.close();
    } finally {
      await server.end();
    }
  });
});
