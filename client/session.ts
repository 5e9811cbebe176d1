/**
 * A connection to Temporal for one command, by the settings that Temporal's own CLI uses: flags, TEMPORAL_* variables, its
 * configuration file. Whatever cannot be reached is told apart, each with what to do about it.
 */
import { Client, Connection, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { ExitCode } from '../contract/exit-codes.ts';
import { TASK_QUEUE } from '../contract/request.ts';
import { connectTrouble, GRPC, grpcCode, temporalSettings, temporalTrouble } from '../contract/temporal-trouble.ts';
import { CommandError } from './command-error.ts';
import { DeploymentClient } from './deployment-client.ts';

export interface SessionOptions {
  readonly address?: string;
  readonly namespace?: string;
  readonly taskQueue?: string;
}

/** A call that nobody answers is given up after this long; a worker that is there answers within seconds. */
const CALL_WITHIN_MS = 20_000;

export class Session {
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly connection: Connection;
  readonly client: Client;

  private constructor(connection: Connection, address: string, namespace: string, taskQueue: string) {
    this.connection = connection;
    this.address = address;
    this.namespace = namespace;
    this.taskQueue = taskQueue;
    this.client = new Client({ connection, namespace });
  }

  static async open(options: SessionOptions): Promise<Session> {
    const { connectionOptions, namespace: configured } = readSettings();
    const address = options.address ?? connectionOptions.address ?? 'localhost:7233';
    const namespace = options.namespace ?? configured ?? 'default';
    try {
      const connection = await Connection.connect({ ...connectionOptions, address, connectTimeout: '10s' });
      return new Session(connection, address, namespace, options.taskQueue ?? TASK_QUEUE);
    } catch (error) {
      const sentence = connectTrouble(error, { address, namespace });
      if (sentence === null) throw error;
      throw new CommandError(ExitCode.Unreachable, sentence, { cause: error });
    }
  }

  deployment(cluster: string): DeploymentClient {
    return new DeploymentClient(this.client, cluster, { taskQueue: this.taskQueue });
  }

  /** Runs one call with a deadline; what it fails with becomes a sentence with what to do next. */
  call<T>(cluster: string, work: () => Promise<T>): Promise<T> {
    return this.explained(cluster, () => this.connection.withDeadline(Date.now() + CALL_WITHIN_MS, work));
  }

  /** The same for work that takes as long as it takes. */
  async explained<T>(cluster: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#explain(cluster, error);
    }
  }

  /** How many workers poll the task queue; refuses when none does: what is sent would wait for one unseen. */
  async requireWorker(): Promise<number> {
    const pollers = await this.pollers();
    if (pollers === 0) throw this.noWorker();
    return pollers;
  }

  /** Workers that polled the workflow task queue within the last minutes. */
  async pollers(): Promise<number> {
    const taskQueue = { name: this.taskQueue };
    const { pollers } = await this.call('', () =>
      this.connection.workflowService.describeTaskQueue({ namespace: this.namespace, taskQueue }),
    );
    return pollers?.length ?? 0;
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  noWorker(cause?: unknown): CommandError {
    return new CommandError(
      ExitCode.Unreachable,
      `No worker answers on task queue ${this.taskQueue} in namespace ${this.namespace}. Runs wait, nothing is lost. Start one: kafka-bluegreen worker`,
      { cause },
    );
  }

  #explain(cluster: string, error: unknown): unknown {
    if (error instanceof CommandError || error instanceof WorkflowFailedError) return error;
    if (error instanceof WorkflowNotFoundError)
      return new CommandError(
        ExitCode.Refused,
        `There is no deployment of ${cluster} in namespace ${this.namespace} of ${this.address}. Check the name of the cluster, or start one: kafka-bluegreen start request.yaml`,
        { cause: error },
      );
    const code = grpcCode(error);
    if (code === GRPC.deadlineExceeded || code === GRPC.failedPrecondition) return this.noWorker(error);
    const sentence = temporalTrouble(error, this);
    return sentence === null ? error : new CommandError(ExitCode.Unreachable, sentence, { cause: error });
  }
}

function readSettings(): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig();
  } catch (error) {
    throw new CommandError(ExitCode.Refused, temporalSettings(error), { cause: error });
  }
}
