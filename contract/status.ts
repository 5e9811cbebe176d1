/** The answer of the query `status`: flat, stable, at most 64 KB; null for what is not known yet, never undefined. */
import type { EvidenceRef } from './evidence.ts';
import type { RunWaiver } from './messages.ts';
import type { Gate, Outcome, Phase, WayBack } from './phases.ts';
import type { Order } from './request.ts';

export interface PhaseStatus {
  readonly phase: Phase | WayBack;
  readonly state: 'waiting' | 'running' | 'done' | 'skipped' | 'failed';
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** One line of what was done or seen. */
  readonly detail: string | null;
  readonly evidence: EvidenceRef | null;
}

export type WaitingFor =
  | {
      readonly kind: 'gate';
      readonly gate: Gate;
      readonly since: string;
      readonly deadline: string | null;
      readonly command: string;
    }
  | {
      readonly kind: 'hold';
      readonly since: string;
      readonly phase: Phase | WayBack;
      readonly reason: string;
      readonly command: string;
    }
  | { readonly kind: 'pause'; readonly since: string; readonly by: string; readonly command: string };

export interface ClusterStatus {
  readonly stack: string;
  readonly clusterId: string | null;
  readonly version: string | null;
  readonly mode: string | null;
}

export interface Ignored {
  readonly at: string;
  readonly message: string;
  readonly why: string;
}

export interface Status {
  readonly cluster: string;
  readonly deployment: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly record: string;
  readonly requestedBy: string;
  readonly order: Order;
  /** How long library producers waited for order `total`; null before, and in any other order. */
  readonly stall: Stall | null;
  readonly blue: ClusterStatus;
  readonly green: ClusterStatus;
  readonly phase: Phase | WayBack;
  readonly outcome: Outcome | null;
  readonly phases: readonly PhaseStatus[];
  readonly waitingFor: WaitingFor | null;
  readonly rollback: { readonly possible: boolean; readonly why: string };
  readonly attention: readonly string[];
  /** Who asked for the way back; null while nobody has, and when it came by itself. */
  readonly wayBack: WayBackAsked | null;
  /** What the run came to, for a person; null while it goes on. */
  readonly ending: string | null;
  readonly approvals: readonly Approval[];
  readonly waivers: readonly RunWaiver[];
  readonly ignored: { readonly count: number; readonly last: readonly Ignored[] };
}

/** Both when Route 53 served it everywhere, ISO 8601; `openedAt` is null while they hold, and after a way back before the opening. */
export interface Stall {
  readonly heldAt: string;
  readonly openedAt: string | null;
}

/** By a rollback, or by cancelling the workflow; `phase` is the one that it ended. */
export interface WayBackAsked {
  readonly as: 'rollback' | 'cancel';
  readonly by: string;
  readonly reason: string | null;
  readonly phase: Phase | WayBack;
  readonly at: string;
}

export interface Approval {
  readonly gate: Gate;
  readonly verdict: 'approved' | 'rejected';
  readonly by: string;
  readonly reason: string | null;
  readonly at: string;
}
