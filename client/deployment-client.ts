/**
 * One cluster's deployments as CI and programs see them: planned, started once, asked, spoken to. Talks only to Temporal; needs no
 * rights on AWS or Kafka. The workflow id is the lock: a second start while one runs is refused, never joined in silence.
 */
import {
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
  WorkflowIdConflictPolicy,
} from '@temporalio/client';
import type { Message } from '../contract/messages.ts';
import type { Plan } from '../contract/plan.ts';
import type { Report } from '../contract/report.ts';
import { PLAN_WORKFLOW_ID_PREFIX, TASK_QUEUE, WORKFLOW_ID_PREFIX } from '../contract/request.ts';
import type { Status } from '../contract/status.ts';

export interface ClientOptions {
  /** The worker's task queue; `kafka-bluegreen` when absent. */
  readonly taskQueue?: string;
}

export interface StartedRun {
  readonly workflowId: string;
  readonly runId: string;
}

export class DeploymentClient {
  readonly #client: Client;
  readonly #cluster: string;
  readonly #taskQueue: string;

  constructor(client: Client, cluster: string, options: ClientOptions = {}) {
    this.#client = client;
    this.#cluster = cluster;
    this.#taskQueue = options.taskQueue ?? TASK_QUEUE;
  }

  /** Preflight alone: what would be done, and every problem that stands in the way. Changes nothing. */
  async plan(request: unknown): Promise<Plan> {
    return (await this.startPlan(request)).result();
  }

  /** The same, as the handle of the workflow that makes it. */
  startPlan(request: unknown): Promise<WorkflowHandle<(request: unknown) => Promise<Plan>>> {
    return this.#client.workflow.start('PlanWorkflow', {
      taskQueue: this.#taskQueue,
      workflowId: `${PLAN_WORKFLOW_ID_PREFIX}${this.#cluster}`,
      args: [request],
    });
  }

  /** Starts the deployment. Rejects with WorkflowExecutionAlreadyStartedError while one runs. */
  async start(request: unknown): Promise<StartedRun> {
    const handle = await this.#client.workflow.start('BlueGreenWorkflow', {
      taskQueue: this.#taskQueue,
      workflowId: this.#workflowId,
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
      args: [request],
    });
    return { workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
  }

  /** Where the newest run stands. Needs a worker that polls. */
  status(): Promise<Status> {
    return this.#handle.query<Status>('status');
  }

  /** The newest run as Temporal sees it, its running steps included. */
  describe(): Promise<WorkflowExecutionDescription> {
    return this.#handle.describe();
  }

  /** The newest run's report, as it stands while it runs. Needs a worker that polls. */
  report(): Promise<Report> {
    return this.#handle.query<Report>('report');
  }

  /** Sends the message as an update: answers with a sentence, or rejects with the sentence why it was refused. */
  send({ name, ...payload }: Message): Promise<string> {
    return this.#handle.executeUpdate<string, [object]>(name, { args: [payload] });
  }

  /** Waits for the end. Rejects with WorkflowFailedError when the run failed or was cancelled. */
  result(): Promise<Report> {
    return this.#handle.result();
  }

  get #workflowId(): string {
    return `${WORKFLOW_ID_PREFIX}${this.#cluster}`;
  }

  get #handle() {
    return this.#client.workflow.getHandle<(request: unknown) => Promise<Report>>(this.#workflowId);
  }
}
