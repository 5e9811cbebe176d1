/**
 * A connection to Temporal for one command, by the settings that Temporal's own CLI uses: flags, TEMPORAL_* variables, its
 * configuration file. Whatever cannot be reached is told apart, each with what to do about it.
 */
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { ExitCode } from '../contract/exit-codes.ts';
import { TASK_QUEUE } from '../contract/request.ts';
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
    const { connectionOptions, namespace } = loadClientConnectConfig();
    const address = options.address ?? connectionOptions.address ?? 'localhost:7233';
    try {
      const connection = await Connection.connect({ ...connectionOptions, address, connectTimeout: '10s' });
      return new Session(
        connection,
        address,
        options.namespace ?? namespace ?? 'default',
        options.taskQueue ?? TASK_QUEUE,
      );
    } catch (error) {
      throw temporalUnreachable(address, error);
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
    if (pollers === 0) throw this.#noWorker();
    return pollers;
  }

  /** Workers that polled the workflow task queue within the last minutes. */
  async pollers(): Promise<number> {
    const { pollers } = await this.connection.workflowService.describeTaskQueue({
      namespace: this.namespace,
      taskQueue: { name: this.taskQueue },
    });
    return pollers?.length ?? 0;
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  #explain(cluster: string, error: unknown): unknown {
    if (error instanceof WorkflowNotFoundError)
      return new CommandError(
        ExitCode.Refused,
        `There is no deployment of ${cluster} in namespace ${this.namespace} of ${this.address}. Check the name of the cluster, or start one: kafka-bluegreen start request.yaml`,
        { cause: error },
      );
    switch (grpcCode(error)) {
      case GRPC.unavailable:
        return temporalUnreachable(this.address, error);
      case GRPC.notFound:
        return new CommandError(
          ExitCode.Unreachable,
          `Temporal at ${this.address} has no namespace ${this.namespace}. Set TEMPORAL_NAMESPACE or --namespace.`,
          { cause: error },
        );
      case GRPC.permissionDenied:
      case GRPC.unauthenticated:
        return new CommandError(
          ExitCode.Unreachable,
          `Temporal at ${this.address} does not let us into namespace ${this.namespace}. Set TEMPORAL_API_KEY or the TEMPORAL_TLS_* variables of a role that may.`,
          { cause: error },
        );
      case GRPC.deadlineExceeded:
      case GRPC.failedPrecondition:
        return this.#noWorker(error);
      default:
        return error;
    }
  }

  #noWorker(cause?: unknown): CommandError {
    return new CommandError(
      ExitCode.Unreachable,
      `No worker answers on task queue ${this.taskQueue} in namespace ${this.namespace}. Runs wait, nothing is lost. Start one: kafka-bluegreen worker`,
      { cause },
    );
  }
}

/** gRPC status codes (grpc/grpc, doc/statuscodes.md). */
const GRPC = {
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  failedPrecondition: 9,
  unavailable: 14,
  unauthenticated: 16,
} as const;

function grpcCode(error: unknown): number | null {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    if ('code' in cause && typeof cause.code === 'number') return cause.code;
  return null;
}

function temporalUnreachable(address: string, cause: unknown): CommandError {
  return new CommandError(
    ExitCode.Unreachable,
    `Temporal cannot be reached at ${address}. Set TEMPORAL_ADDRESS or --address; a local one comes with npm run local.`,
    { cause },
  );
}
