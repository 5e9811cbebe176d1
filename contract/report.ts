/** The result of a deployment: what was done, by whom it was allowed, and the proof, as plain JSON. */
import type { EvidenceRef } from './evidence.ts';
import type { LedgerSummary } from './ledger.ts';
import type { Status } from './status.ts';

export interface Report
  extends Pick<
    Status,
    | 'cluster'
    | 'deployment'
    | 'workflowId'
    | 'runId'
    | 'record'
    | 'requestedBy'
    | 'order'
    | 'stall'
    | 'blue'
    | 'green'
    | 'phases'
    | 'outcome'
    | 'wayBack'
    | 'ending'
    | 'approvals'
    | 'waivers'
  > {
  readonly startedAt: string;
  readonly endedAt: string;
  readonly stragglers: readonly string[];
  readonly ledger: LedgerSummary | null;
  /** What each resolver or name server answered after the flip. */
  readonly dns: readonly DnsObservation[];
  /** After a rollback that followed the flip; null without one. */
  readonly stranded: Stranded | null;
  readonly evidence: Readonly<Record<string, EvidenceRef>>;
  readonly history: { readonly events: number; readonly bytes: number };
}

/** Offsets that stay on green, by topic (decimal strings); unknown when somebody deleted green before they could be counted. */
export type Stranded = Readonly<Record<string, string>> | 'unknown';

export interface DnsObservation {
  readonly server: string;
  readonly name: string;
  readonly answer: string;
  readonly at: string;
}
