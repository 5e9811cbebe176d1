/** What can be seen of Temporal without a worker. Refuses where nothing could be seen at all: no server, no namespace, no way in. */
import type { Finding } from '../contract/diagnosis.ts';
import { missingSearchAttributes } from '../contract/search-attributes.ts';
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
    await searchAttributes(session),
  ];
}

/** As the namespace has them now; the worker says which of them it found when it started. */
async function searchAttributes(session: Session): Promise<Finding> {
  const on = 'search attributes';
  const { namespace } = session;
  try {
    const { customAttributes } = await session.call('', () =>
      session.connection.operatorService.listSearchAttributes({ namespace }),
    );
    return missingSearchAttributes(Object.keys(customAttributes), namespace);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { on, state: 'not looked at', saw: `They may not be listed from here: ${why}`, remedy: null };
  }
}

export function workerFinding(pollers: number, taskQueue: string): Finding {
  return {
    on: 'worker',
    state: 'good',
    saw: `${pollers} ${pollers === 1 ? 'polls' : 'poll'} task queue ${taskQueue}`,
    remedy: null,
  };
}

/** What only a worker can look at was not looked at. */
export function noWorkerFinding(taskQueue: string): Finding {
  return {
    on: 'worker',
    state: 'trouble',
    saw: `None answers on task queue ${taskQueue}: AWS, DNS, Kafka and the evidence store were not looked at.`,
    remedy: 'Start one, then ask again: kafka-bluegreen worker',
  };
}
