/** Runs of BlueGreenWorkflow on a server, each with a cluster name, a task queue and a small world of its own. */
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '../../contract/activities.ts';
import type { Report } from '../../contract/report.ts';
import { WORKFLOW_ID_PREFIX } from '../../contract/request.ts';
import type { Status } from '../../contract/status.ts';
import { createWorker } from '../support/temporal.ts';
import { minimalRequest, World } from './doubles.ts';
import type { Double } from './sandbox.ts';
import { TimedActivities, type Timing } from './timed.ts';

/** Waits that a person would set to hours, as short as the request allows. */
export const quickRequest = {
  ...minimalRequest,
  ttl: '1s',
  settle: { clientCache: '0s' },
  bake: '100ms',
  keepStopped: '100ms',
};

export interface Deployment {
  readonly world: World;
  readonly timed: TimedActivities;
  readonly handle: WorkflowHandleWithFirstExecutionRunId<(input: unknown) => Promise<Report>>;
  readonly workflowId: string;
  status(): Promise<Status>;
  signal(name: string, input: object): Promise<void>;
  update(name: string, input: object): Promise<string>;
  /** Until `holds` is true; fails after a minute, saying what was waited for. */
  until(what: string, holds: () => boolean | Promise<boolean>): Promise<void>;
  /** Until the run waits at this gate, which is then approved by update. */
  approve(gate: 'flip' | 'bake' | 'decommission'): Promise<void>;
}

export interface Scenario extends Timing {
  readonly request?: object;
  readonly doubles?: (world: World) => Partial<Record<keyof Activities, Double>>;
}

/** Starts a run on cluster `name` with a worker of its own, plays it, and ends the worker whatever happens. */
export async function withDeployment<T>(
  server: TestWorkflowEnvironment,
  name: string,
  scenario: Scenario,
  play: (deployment: Deployment) => Promise<T>,
): Promise<T> {
  const world = new World();
  const timed = new TimedActivities({ ...world.doubles(), ...scenario.doubles?.(world) }, scenario);
  const worker = await createWorker(server.nativeConnection, name, timed.activities);
  return worker.runUntil(async () => play(await startDeployment(server, name, scenario.request ?? {}, world, timed)));
}

/** Starts the run alone; whoever calls this brings the worker. */
export async function startDeployment(
  server: TestWorkflowEnvironment,
  name: string,
  request: object,
  world = new World(),
  timed = new TimedActivities({}),
): Promise<Deployment> {
  const workflowId = `${WORKFLOW_ID_PREFIX}${name}`;
  const handle = await server.client.workflow.start<(input: unknown) => Promise<Report>>('BlueGreenWorkflow', {
    workflowId,
    taskQueue: name,
    args: [{ ...quickRequest, cluster: name, ...request }],
  });
  const status = () => handle.query<Status>('status');
  const update = (message: string, input: object) => handle.executeUpdate<string, [object]>(message, { args: [input] });
  return {
    world,
    timed,
    handle,
    workflowId,
    status,
    update,
    signal: (message, input) => handle.signal(message, input),
    until,
    approve: async gate => {
      await until(`${name} waits for approval of ${gate}`, async () => {
        const { waitingFor } = await status();
        return waitingFor?.kind === 'gate' && waitingFor.gate === gate;
      });
      await update('approve', { by: 'grace', gate });
    },
  };
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Waited a minute in vain until ${what}.`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}
