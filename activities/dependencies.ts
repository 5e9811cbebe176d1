/** What activities need of the outside world; made once by the worker, and nowhere else. */
import type { AwsClients } from '../aws/clients.ts';
import type { Deployment } from '../contract/deployment.ts';
import type { Observation } from '../contract/observation.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import type { Cluster, KafkaSecurity } from '../kafka/cluster.ts';

/** The newest run of a deployment: a reset starts a new run of the same one. */
export type RunFound =
  | { readonly kind: 'running'; readonly workflowId: string; readonly runId: string }
  | {
      readonly kind: 'closed';
      readonly workflowId: string;
      readonly runId: string;
      /** Temporal's word, such as `TERMINATED`. */
      readonly status: string;
      /** Another run of the same id that is open, or null. */
      readonly otherRun: string | null;
    }
  /** Temporal keeps closed runs for the namespace's retention only. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly reason: string };

export interface Dependencies {
  readonly aws: AwsClients;
  /** The role that CloudFormation takes for stacks that are created or deleted, or null for the worker's own rights. */
  readonly stackRole: string | null;
  readonly evidence: EvidenceStore;
  /** Resolvers (`host:port`) that are asked whether a change arrived; a private zone has no name servers to ask. */
  readonly dnsServers: readonly string[];
  /** Names of the search attributes registered on the namespace. */
  readonly searchAttributes: readonly string[];
  /** Connects to a cluster and refuses one with another id than expected; `stackId` where its stack may say why it does not answer. */
  connect(endpoint: {
    readonly bootstrap: string;
    readonly clusterId?: string;
    readonly stackId?: string;
  }): Promise<Cluster>;
  /** How to log in to Kafka, for the smoke test, which speaks as an application does. */
  readonly security: KafkaSecurity;
  /** The run of a deployment, by its id; `cluster` is where it is looked for first. */
  findRun(deployment: string, cluster: string): Promise<RunFound>;
  /** Tells the running workflow what a person should know; best effort, never fails a step. */
  tell(observation: Observation): Promise<void>;
}

export type Colour = 'blue' | 'green';

/** The cluster of that colour; asking for green before it exists is a mistake of ours. */
export function endpointOf(deployment: Deployment, colour: Colour) {
  const endpoint = deployment[colour];
  if (endpoint === null) throw new Error(`The ${colour} cluster of ${deployment.cluster} is not known yet.`);
  return endpoint;
}
