/** What can be seen of Temporal without a worker. Refuses where nothing could be done at all: no server, no namespace, no worker. */
import type { Finding } from '../contract/diagnosis.ts';
import type { Session } from './session.ts';

const SECONDS_A_DAY = 86_400;
/** A deployment may wait for days; what it was is to be read after it, and resumed from when it was terminated. */
const SHORTEST_RETENTION_DAYS = 7;

export async function examineTemporal(session: Session): Promise<Finding[]> {
  const { workflowService } = session.connection;
  const { namespace } = session;
  const [{ serverVersion }, { config }] = await session.call('', () =>
    Promise.all([workflowService.getSystemInfo({}), workflowService.describeNamespace({ namespace })]),
  );
  const pollers = await session.requireWorker();
  const days = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / SECONDS_A_DAY;
  return [
    { on: 'Temporal', state: 'good', saw: `${session.address}, server ${serverVersion}`, remedy: null },
    days >= SHORTEST_RETENTION_DAYS
      ? { on: 'namespace', state: 'good', saw: `${namespace} keeps ended runs for ${days} days`, remedy: null }
      : {
          on: 'namespace',
          state: 'trouble',
          saw: `${namespace} keeps ended runs for ${days} days only: their reports go, and a terminated run can no longer be resumed.`,
          remedy: `temporal operator namespace update --namespace ${namespace} --retention ${SHORTEST_RETENTION_DAYS}d`,
        },
    {
      on: 'worker',
      state: 'good',
      saw: `${pollers} ${pollers === 1 ? 'polls' : 'poll'} task queue ${session.taskQueue}`,
      remedy: null,
    },
  ];
}
