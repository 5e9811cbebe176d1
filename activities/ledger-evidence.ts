/** The drain ledger in evidence: what was sealed and released so far, and where the next sweep goes on. */
import type { Deployment } from '../contract/deployment.ts';
import type { EvidenceRef } from '../contract/evidence.ts';
import type { Inventory } from '../contract/inventory.ts';
import type { Ledger, LedgerSummary } from '../contract/ledger.ts';
import { EvidenceAltered, EvidenceMissing, getJson, putJson } from '../evidence/store.ts';
import { type DrainProgress, ledgerOf, openLedger } from '../kafka/drain-progress.ts';
import type { Dependencies } from './dependencies.ts';
import type { Scope } from './scope.ts';

/** Where green ended when the group was released: who passed it needs no more keep there. Decimal strings by topic and partition. */
export interface Release {
  readonly group: string;
  readonly at: string;
  readonly members: number;
  readonly greenEnds: Readonly<Record<string, readonly (string | null)[]>>;
  /** Written before the group's ticket says released; whoever goes on from here writes that ticket. */
  readonly pending?: true;
}

export interface LedgerEvidence {
  readonly ledger: Ledger;
  readonly progress: DrainProgress;
  readonly releases: readonly Release[];
  /** Offsets that a group read on green before its release and reads again, by group; decimal strings. */
  readonly readAgain?: Readonly<Record<string, string>>;
}

/** What a step goes on from. */
export type LedgerState = Omit<LedgerEvidence, 'ledger'>;

/** The ledger as the last attempt or the last step left it; a new one, expecting preflight's groups, before the first. */
export async function readLedger(
  deps: Dependencies,
  deployment: Deployment,
  newest: EvidenceRef | null,
): Promise<LedgerState> {
  const ref = newest ?? deployment.evidence.ledger;
  if (ref !== undefined) {
    const { ledger: _, ...state } = await getJson<LedgerEvidence>(deps.evidence, ref);
    return state;
  }
  const inventory = await getJson<Inventory>(deps.evidence, deployment.evidence.inventory);
  return { progress: openLedger(inventory.groups), releases: [] };
}

/** Everything that the run rests on is in evidence, as it was put there; what is not is named. */
export async function proveEvidence(deps: Dependencies, deployment: Deployment): Promise<void> {
  for (const [name, ref] of Object.entries<EvidenceRef>({ ...deployment.evidence }))
    try {
      await deps.evidence.get(ref);
    } catch (error) {
      if (error instanceof EvidenceMissing)
        throw new EvidenceMissing(`The ${name} of this run cannot be found. ${error.message}`, { cause: error });
      if (error instanceof EvidenceAltered)
        throw new EvidenceAltered(`The ${name} of this run cannot be trusted. ${error.message}`, { cause: error });
      throw error;
    }
}

/**
 * Writes the ledger and reads it back before anything is done on its strength. A store that no longer has what the run began with
 * is another one, or none: a folder is made anew where a disk is not mounted.
 */
export async function writeLedger(
  deps: Dependencies,
  deployment: Deployment,
  scope: Scope,
  state: LedgerState,
): Promise<EvidenceRef> {
  const { progress } = state;
  const ledger = ledgerOf(progress, {
    deployment: deployment.id,
    clusterId: deployment.blue.clusterId,
    dispositions: scope.disposed({ groups: [] }),
  });
  await deps.evidence.get(deployment.evidence.request);
  const ref = await putJson(deps.evidence, { ...state, ledger } satisfies LedgerEvidence);
  await deps.evidence.get(ref);
  return ref;
}

export function summarise(progress: DrainProgress, sha256: string): LedgerSummary {
  const rows = progress.sealed.flatMap(s => s.rows);
  return {
    rows: rows.length,
    drained: rows.filter(r => r.state.kind === 'drained').length,
    groups: progress.sealed.length,
    sha256,
  };
}
