/**
 * Every effect and every look of a deployment, as the workflow calls them and the Web UI shows them. Each is idempotent: asked
 * again after it succeeded it reads its own effect back and says the same. All values are plain JSON.
 */
import type { ClusterEndpoint, Deployment } from './deployment.ts';
import type { Diagnosis } from './diagnosis.ts';
import type { EvidenceRef } from './evidence.ts';
import type { LedgerSummary } from './ledger.ts';
import type { RunWaiver } from './messages.ts';
import type { Plan } from './plan.ts';
import type { DnsObservation, Stranded } from './report.ts';
import type { DeploymentRequest } from './request.ts';

export interface StepInput {
  readonly deployment: Deployment;
  /** Empty for steps that no waiver concerns. */
  readonly waivers: readonly RunWaiver[];
}

/** One line for the report and the Web UI. */
export interface Done {
  readonly detail: string;
}

/** How a stack that was to be deleted ended: by this run, before it, or not at all, for it is somebody else's. */
export type StackEnd = 'deleted' | 'gone' | 'left-alone';

export interface Proved extends Done {
  readonly evidence: EvidenceRef;
}

/** An effect on the record or the signpost; `epoch` (decimal string) guards every later one. */
export interface RecordsChanged extends Done {
  readonly epoch: string;
  /** When Route 53 was seen to serve it everywhere (ISO 8601). */
  readonly insyncAt: string;
}

export interface Inspection {
  readonly plan: Plan;
  /** Null when problems stand in the way. */
  readonly deployment: Deployment | null;
  /** Names of the search attributes that are registered on the namespace. */
  readonly searchAttributes: readonly string[];
}

export interface Drained extends Proved {
  /** `interrupted`: a waiver or a way back ended the step early; what was sealed so far is in the evidence. */
  readonly kind: 'done' | 'interrupted';
  readonly summary: LedgerSummary;
}

export interface Activities {
  /** Looks at everything and changes nothing; all problems at once. */
  inspect(input: { readonly request: DeploymentRequest; readonly id: string }): Promise<Inspection>;

  /** Looks at what every deployment needs, and at what this one does where a request is given; changes nothing. */
  examine(input: { readonly request: DeploymentRequest | null }): Promise<Diagnosis>;

  createGreenStack(input: StepInput): Promise<Done & { readonly stackId: string }>;
  awaitGreenStack(input: StepInput & { readonly stackId: string }): Promise<Done & { readonly green: ClusterEndpoint }>;
  /** `agedAt`: when the last cache that may hold the old record or its absence has forgotten it (ISO 8601). */
  announceDeployment(input: StepInput): Promise<RecordsChanged & { readonly agedAt: string }>;

  copyTopics(input: StepInput): Promise<Done>;
  seedGroups(input: StepInput): Promise<Done>;
  compareClusters(input: StepInput): Promise<Proved>;
  smokeTest(input: StepInput): Promise<Proved>;

  confirmBeforeFlip(input: StepInput): Promise<Done>;
  saveOriginals(input: StepInput): Promise<Proved>;
  keepRecords(input: StepInput): Promise<Done>;
  flipRecord(input: StepInput): Promise<RecordsChanged>;
  /** As `flipRecord` for the record; the signpost asks writers to hold, until `openGreen`. */
  flipToHold(input: StepInput): Promise<RecordsChanged>;
  awaitFlipSeen(input: StepInput): Promise<Done & { readonly dns: readonly DnsObservation[] }>;

  settle(input: StepInput): Promise<Done>;
  /** While writers hold: nobody writes, neither to blue nor to green. */
  settleHeld(input: StepInput): Promise<Done>;
  freeze(input: StepInput): Promise<Proved>;
  /** Blue is frozen: writers that hold go on, on green. */
  openGreen(input: StepInput): Promise<RecordsChanged>;
  /** Sweeps until one group is drained (or none gates), and releases none: until here a rollback is legal. */
  drainFirstGroup(input: StepInput): Promise<Drained>;
  /** Sweeps on; each group that is drained is sealed and released. Ends when all are. */
  releaseGroups(input: StepInput): Promise<Drained>;
  moveReaders(input: StepInput): Promise<RecordsChanged>;
  awaitReadersGone(input: StepInput): Promise<Done>;

  putKeepBackOnGreen(input: StepInput): Promise<Done>;
  /** `gone`: somebody deleted blue, and a waiver answers for it. */
  proveBlueDrained(input: StepInput): Promise<Proved & { readonly blue?: 'gone' }>;
  stopBlue(input: StepInput): Promise<Done>;
  deleteBlue(input: StepInput): Promise<Done>;
  closeDeployment(input: StepInput): Promise<RecordsChanged>;
  removeTickets(input: StepInput): Promise<Done>;

  /** Where the signpost says writers are; the way back trusts this, not what the run believes. */
  locateTraffic(input: StepInput): Promise<{ readonly at: 'blue' | 'green'; readonly epoch: string | null }>;
  holdWrites(input: StepInput): Promise<RecordsChanged>;
  freezeGreen(input: StepInput): Promise<Proved & { readonly stranded: Stranded }>;
  reopenBlue(input: StepInput): Promise<Done>;
  returnRecord(input: StepInput): Promise<RecordsChanged>;
  /** Answers of earlier versions have no `end`: they deleted it. */
  deleteGreen(input: StepInput & { readonly stackId: string | null }): Promise<Done & { readonly end?: StackEnd }>;
}
