/**
 * The drain ledger: a row for every partition of every topic that a group has a commit on, an assignment of or a
 * subscription to. It is the only key that opens deletion. Offsets and counts are decimal strings.
 */
import type { EvidenceRef } from './evidence.ts';

export interface LedgerRow {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly frozenEnd: string;
  readonly state: RowState;
}

export type RowState =
  /** No data record in [committed, frozen end); `tail` says how many offsets without data were read to prove it. */
  | { readonly kind: 'drained'; readonly committed: string; readonly tail: string }
  /** Data records (or offsets not yet proved empty) remain. */
  | { readonly kind: 'behind'; readonly committed: string; readonly remaining: string }
  /** The group never committed here: everything from `from` on counts. */
  | { readonly kind: 'uncommitted'; readonly from: string; readonly remaining: string }
  /** The commit lies below the log start: `missing` offsets expired or were deleted unread. */
  | { readonly kind: 'lost'; readonly committed: string; readonly logStart: string; readonly missing: string }
  /** The commit lies beyond the frozen end: not ours to call drained. */
  | { readonly kind: 'ahead'; readonly committed: string }
  /** Could not be seen in this sweep; never counted as zero. */
  | { readonly kind: 'unknown'; readonly reason: string };

export interface SealedGroup {
  readonly group: string;
  readonly sealedAt: string;
  /** The consecutive complete sweeps that found every row drained. */
  readonly sweeps: number;
  readonly rows: readonly LedgerRow[];
}

export interface Ledger {
  readonly deployment: string;
  readonly clusterId: string;
  readonly sealed: readonly SealedGroup[];
  /** Groups that never gate (`ephemeral`, `abandoned`, `external`) or were waived, with who and why. */
  readonly excused: readonly { readonly group: string; readonly why: string; readonly by: string }[];
}

/** The newest ledger that a step carried, in its heartbeat or with its failure; null when it had written none. */
export function carriedLedger(carried: unknown): EvidenceRef | null {
  if (typeof carried !== 'object' || carried === null || !('ledger' in carried)) return null;
  return carried.ledger as EvidenceRef;
}

export interface LedgerSummary {
  readonly rows: number;
  readonly drained: number;
  readonly groups: number;
  readonly sha256: string;
}
