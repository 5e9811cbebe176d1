/** What every step of one run is told: small, plain JSON; whatever may grow is in evidence and passed by reference. */
import type { EvidenceRef } from './evidence.ts';

/** A Kafka cluster as its stack describes it, verified against the cluster itself. */
export interface ClusterEndpoint {
  readonly stack: string;
  readonly stackId: string;
  readonly clusterId: string;
  readonly version: string;
  readonly mode: 'kraft' | 'zookeeper';
  /** host:port of the cluster's own load balancer, never the service record. */
  readonly bootstrap: string;
  readonly dnsName: string;
  readonly hostedZoneId: string;
  readonly targetGroupArn: string;
  readonly brokers: number;
}

/**
 * The TTL with which an alias to a load balancer is answered: Route 53's own, which cannot be changed (Route 53 developer guide,
 * "Choosing between alias and non-alias records").
 */
export const ALIAS_TTL_SECONDS = 60;

/**
 * Evidence by name. Each is written once a run, but for what may be taken again: `frozen` after a fence was opened, `ledger` as it
 * grows, `deletion` by each proof before a stop.
 */
export interface DeploymentEvidence {
  readonly request: EvidenceRef;
  readonly inventory: EvidenceRef;
  readonly dispositions: EvidenceRef;
  /** The record sets as they were found: what the way back restores. */
  readonly records: EvidenceRef;
  readonly parity?: EvidenceRef;
  readonly smoke?: EvidenceRef;
  /** Topic configs of both clusters before our first change. */
  readonly originals?: EvidenceRef;
  readonly frozen?: EvidenceRef;
  readonly ledger?: EvidenceRef;
  readonly kept?: EvidenceRef;
  readonly deletion?: EvidenceRef;
}

export interface Deployment {
  readonly id: string;
  readonly cluster: string;
  readonly record: string;
  readonly readRecord: string | null;
  readonly zoneId: string;
  /** The record is an alias: its TTL is Route 53's own, 60 s, and is not lowered. */
  readonly recordIsAlias: boolean;
  readonly blue: ClusterEndpoint;
  readonly green: ClusterEndpoint | null;
  /** Epoch of the signpost that this run wrote last, decimal string; null before the first. */
  readonly epoch: string | null;
  /** The signpost that this run wrote last asks writers to hold until blue is frozen: order `total`, between flip and opening. */
  readonly writersHold: boolean;
  readonly evidence: DeploymentEvidence;
}

/** The last 12 hex digits of the first execution's run id: run ids begin with a time stamp, so their end tells runs apart. */
export function deploymentId(firstExecutionRunId: string): string {
  return firstExecutionRunId.replaceAll('-', '').slice(-12);
}
