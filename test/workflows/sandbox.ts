/**
 * Runs a workflow in the SDK's own sandbox with virtual time and no server: hundreds of runs a second. Uses internals of
 * @temporalio/worker 1.24 and knows none of the server's rules (limits, retries, heartbeat time-outs): logic only.
 */
import {
  defaultFailureConverter,
  defaultPayloadConverter,
  TypedSearchAttributes,
  toPayloads,
} from '@temporalio/common';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import proto, { type coresdk } from '@temporalio/proto';
import { DefaultLogger } from '@temporalio/worker';
import { parseWorkflowCode } from '@temporalio/worker/lib/worker.js';
import { WorkflowCodeBundler } from '@temporalio/worker/lib/workflow/bundler.js';
import { ReusableVMWorkflowCreator } from '@temporalio/worker/lib/workflow/reusable-vm.js';
import { createUnsafeRandomSource } from '@temporalio/workflow/lib/random-helpers.js';
import { workflowSources } from '../support/temporal.ts';

type Payload = Parameters<typeof defaultPayloadConverter.fromPayload>[0];
type Job = coresdk.workflow_activation.IWorkflowActivationJob;

/** What happens to the run from outside, at `at` milliseconds of virtual time after its start. */
export type Event = { readonly at: number } & (
  | ({ readonly signal: string } & Sent)
  | ({ readonly update: string } & Sent)
  | { readonly cancel: true }
);

/** What a message carries: one JSON value, several, payloads as somebody's own client encoded them, or nothing. */
export interface Sent {
  readonly input?: unknown;
  readonly inputs?: readonly unknown[];
  readonly payloads?: readonly Payload[];
}

/** An activity's double: its result, or what it throws. It may take virtual time, and may be told of its cancellation. */
export type Double = (input: never, call: { readonly attempt: number; readonly cancelled: () => boolean }) => unknown;

export type Ending =
  | { readonly kind: 'completed'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly message: string; readonly type: string | undefined }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'waiting' };

export interface Trace {
  readonly ending: Ending;
  readonly elapsedMs: number;
  /** Names of activities in the order in which they were scheduled. */
  readonly activities: readonly string[];
  readonly updates: readonly { readonly name: string; readonly answer: string }[];
  /** Commands that leave something in the history: answers to queries and to refused updates do not. */
  readonly commands: number;
  readonly query: (name: string) => Promise<unknown>;
}

export interface Options {
  readonly workflowType: string;
  readonly workflowId: string;
  readonly input: unknown;
  /** In place of `input`: what the start carries, as somebody's own client sent it. */
  readonly start?: Sent;
  readonly activities: Readonly<Record<string, Double>>;
  readonly events?: readonly Event[];
  /** Virtual milliseconds an activity takes that begins `sinceStartMs` after the run's start; 1,000 unless said. */
  readonly activityMs?: (name: string, sinceStartMs: number) => number;
  /** Activities whose effect happens although they are cancelled: only their answer is lost. */
  readonly doneThoughCancelled?: readonly string[];
}

const payloads = defaultPayloadConverter;

function payloadsOf({ input, inputs, payloads: encoded }: Sent): Payload[] {
  if (encoded !== undefined) return [...encoded];
  return toPayloads(payloads, ...(inputs ?? (input === undefined ? [] : [input]))) ?? [];
}

const epoch = Date.parse('2026-01-01T00:00:00Z');

export class Sandbox {
  readonly #creator: ReusableVMWorkflowCreator;
  #runs = 0;
  /** Kept until the next run, so that queries can be asked of a run that has ended. */
  #last: { dispose(): Promise<void> } | null = null;

  private constructor(creator: ReusableVMWorkflowCreator) {
    this.#creator = creator;
  }

  static async create(): Promise<Sandbox> {
    const bundler = new WorkflowCodeBundler({ ...workflowSources, logger: new DefaultLogger('ERROR') });
    const bundle = parseWorkflowCode((await bundler.createBundle()).code);
    return new Sandbox(await ReusableVMWorkflowCreator.create(bundle, 5_000, new Set()));
  }

  async destroy(): Promise<void> {
    await this.#last?.dispose();
    await this.#creator.destroy();
  }

  /** Runs until the workflow ends, or until nothing is left that could happen (`waiting`). */
  async run(options: Options): Promise<Trace> {
    const runId = `01a1fd73-0cd5-7000-8000-${String(++this.#runs).padStart(12, '0')}`;
    const info = {
      workflowType: options.workflowType,
      runId,
      workflowId: options.workflowId,
      namespace: 'default',
      firstExecutionRunId: runId,
      originalExecutionRunId: runId,
      attempt: 1,
      taskTimeoutMs: 10_000,
      taskQueue: 'kafka-bluegreen',
      searchAttributes: {},
      typedSearchAttributes: new TypedSearchAttributes(),
      historyLength: 3,
      historySize: 300,
      continueAsNewSuggested: false,
      targetWorkerDeploymentVersionChanged: false,
      unsafe: {
        isReplaying: false,
        isReplayingHistoryEvents: false,
        now: Date.now,
        random: createUnsafeRandomSource(Math.random),
      },
      startTime: new Date(epoch),
      runStartTime: new Date(epoch),
    };
    const workflow = await this.#creator.createWorkflow({
      info,
      randomnessSeed: [...new Uint8Array(8).fill(7)],
      now: epoch,
      showStackTraceSources: false,
    });
    const execution = new Execution(options, runId, jobs => {
      const activation = proto.coresdk.workflow_activation.WorkflowActivation.fromObject({
        runId,
        timestamp: msToTs(execution.now),
        jobs,
      });
      return workflow.activate(activation);
    });
    await this.#last?.dispose();
    this.#last = workflow;
    return execution.play();
  }
}

type Activate = (jobs: Job[]) => Promise<coresdk.workflow_completion.IWorkflowActivationCompletion>;

interface PendingActivity {
  readonly seq: number;
  readonly name: string;
  readonly input: unknown;
  due: number;
  cancelled: boolean;
}

class Execution {
  now = epoch;
  readonly #options: Options;
  readonly #runId: string;
  readonly #activate: Activate;
  readonly #timers = new Map<number, number>();
  readonly #pending = new Map<number, PendingActivity>();
  readonly #attempts = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #updates = new Map<string, { name: string; answer: string }>();
  #ending: Ending | null = null;
  #commands = 0;
  #queryAnswer: unknown = null;

  constructor(options: Options, runId: string, activate: Activate) {
    this.#options = options;
    this.#runId = runId;
    this.#activate = activate;
  }

  async play(): Promise<Trace> {
    const { workflowId, workflowType, input, start = { inputs: [input] } } = this.#options;
    await this.#step([
      {
        initializeWorkflow: {
          workflowId,
          workflowType,
          arguments: payloadsOf(start),
          firstExecutionRunId: this.#runId,
        },
      },
    ]);
    const events = [...(this.#options.events ?? [])].toSorted((a, b) => a.at - b.at);
    while (this.#ending === null) {
      const activity = [...this.#pending.values()].toSorted((a, b) => a.due - b.due)[0];
      const timer = [...this.#timers].toSorted((a, b) => a[1] - b[1])[0];
      const event = events[0];
      const next = Math.min(activity?.due ?? Infinity, timer?.[1] ?? Infinity, event ? epoch + event.at : Infinity);
      if (next === Infinity) break;
      this.now = Math.max(this.now, next);
      if (event && epoch + event.at === next) {
        // What arrives together reaches the workflow in one task, as from a server.
        const together = events.splice(0, events.findLastIndex(e => e.at === event.at) + 1);
        await this.#step(together.map(e => this.#eventJob(e)));
      } else if (activity && activity.due === next) {
        this.#pending.delete(activity.seq);
        await this.#step([{ resolveActivity: { seq: activity.seq, result: await this.#resolve(activity) } }]);
      } else if (timer) {
        this.#timers.delete(timer[0]);
        await this.#step([{ fireTimer: { seq: timer[0] } }]);
      }
    }
    return {
      ending: this.#ending ?? { kind: 'waiting' },
      elapsedMs: this.now - epoch,
      activities: this.#names,
      updates: [...this.#updates.values()],
      commands: this.#commands,
      query: async name => {
        await this.#step([{ queryWorkflow: { queryId: 'q', queryType: name, arguments: [] } }]);
        return this.#queryAnswer;
      },
    };
  }

  #eventJob(event: Event): Job {
    if ('cancel' in event) return { cancelWorkflow: { reason: 'test' } };
    const input = payloadsOf(event);
    if ('signal' in event) return { signalWorkflow: { signalName: event.signal, input } };
    const key = `u${this.#updates.size}`;
    this.#updates.set(key, { name: event.update, answer: 'unanswered' });
    return { doUpdate: { id: key, protocolInstanceId: key, name: event.update, input, runValidator: true } };
  }

  async #resolve(activity: PendingActivity): Promise<coresdk.activity_result.IActivityResolution> {
    if (activity.cancelled) {
      if (this.#options.doneThoughCancelled?.includes(activity.name))
        await this.#options.activities[activity.name]?.(activity.input as never, { attempt: 1, cancelled: () => true });
      const failure = { message: 'Activity cancelled', canceledFailureInfo: {} };
      return { cancelled: { failure: this.#activityFailure(activity, failure) } };
    }
    const attempt = (this.#attempts.get(activity.name) ?? 0) + 1;
    this.#attempts.set(activity.name, attempt);
    const double = this.#options.activities[activity.name];
    if (double === undefined) throw new Error(`The test has no double for activity ${activity.name}.`);
    try {
      const result = await double(activity.input as never, { attempt, cancelled: () => activity.cancelled });
      return { completed: { result: payloads.toPayload(result ?? null) } };
    } catch (error) {
      return {
        failed: { failure: this.#activityFailure(activity, defaultFailureConverter.errorToFailure(error, payloads)) },
      };
    }
  }

  #activityFailure(activity: PendingActivity, cause: object) {
    return {
      message: 'Activity task failed',
      activityFailureInfo: { activityType: { name: activity.name }, activityId: String(activity.seq) },
      cause,
    };
  }

  async #step(jobs: Job[]): Promise<void> {
    const completion = await this.#activate(jobs);
    if (completion.failed) throw new Error(`workflow task failed: ${completion.failed.failure?.message ?? 'unknown'}`);
    for (const command of completion.successful?.commands ?? []) this.#handle(command);
  }

  #handle(command: coresdk.workflow_commands.IWorkflowCommand): void {
    if (!command.respondToQuery && !command.updateResponse?.rejected) this.#commands += 1;
    const value = (payload: Payload | null | undefined) => (payload ? payloads.fromPayload<unknown>(payload) : null);
    if (command.startTimer) {
      this.#timers.set(command.startTimer.seq ?? 0, this.now + tsToMs(command.startTimer.startToFireTimeout));
    } else if (command.cancelTimer) {
      this.#timers.delete(command.cancelTimer.seq ?? 0);
    } else if (command.scheduleActivity) {
      const name = command.scheduleActivity.activityType ?? '';
      const seq = command.scheduleActivity.seq ?? 0;
      const input = value(command.scheduleActivity.arguments?.[0]);
      this.#names.push(name);
      this.#pending.set(seq, {
        seq,
        name,
        input,
        due: this.now + (this.#options.activityMs?.(name, this.now - epoch) ?? 1_000),
        cancelled: false,
      });
    } else if (command.requestCancelActivity) {
      const pending = this.#pending.get(command.requestCancelActivity.seq ?? 0);
      if (pending) Object.assign(pending, { cancelled: true, due: this.now + 1_000 });
    } else if (command.completeWorkflowExecution) {
      this.#ending = { kind: 'completed', result: value(command.completeWorkflowExecution.result) };
    } else if (command.failWorkflowExecution) {
      const failure = command.failWorkflowExecution.failure;
      this.#ending = {
        kind: 'failed',
        message: failure?.message ?? '',
        type: failure?.applicationFailureInfo?.type ?? undefined,
      };
    } else if (command.cancelWorkflowExecution) {
      this.#ending = { kind: 'cancelled' };
    } else if (command.respondToQuery) {
      this.#queryAnswer = value(command.respondToQuery.succeeded?.response);
    } else if (command.updateResponse) {
      const response = command.updateResponse;
      const update = this.#updates.get(response.protocolInstanceId ?? '');
      if (update && response.rejected)
        update.answer = `refused: ${response.rejected.cause?.message ?? response.rejected.message ?? ''}`;
      else if (update && response.completed) update.answer = String(value(response.completed));
    }
  }
}
