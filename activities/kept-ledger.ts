/**
 * What a drain has found out so far, in evidence before anything rests on it. Whatever ends the step, a waiver in the middle of a
 * sweep as well, the next one goes on from there: groups that were released have left since, and tell nobody any more that they ran.
 */
import { activityInfo } from '@temporalio/activity';
import type { Drained } from '../contract/activities.ts';
import type { Deployment } from '../contract/deployment.ts';
import type { EvidenceRef } from '../contract/evidence.ts';
import { carriedLedger } from '../contract/ledger.ts';
import { type DrainProgress, type GroupStanding, remembered, seal } from '../kafka/drain-progress.ts';
import type { Dependencies } from './dependencies.ts';
import { type LedgerState, type Release, readLedger, summarise, writeLedger } from './ledger-evidence.ts';
import type { Scope } from './scope.ts';
import type { Pace } from './step.ts';

export class KeptLedger {
  readonly #write: (state: LedgerState) => Promise<EvidenceRef>;
  readonly #carry: Pace['carry'];
  #state: LedgerState;

  private constructor(write: (state: LedgerState) => Promise<EvidenceRef>, carry: Pace['carry'], state: LedgerState) {
    this.#write = write;
    this.#carry = carry;
    this.#state = state;
  }

  /** As the last attempt or the last step left it; `begun` is carried together with it. */
  static async open(
    deps: Dependencies,
    deployment: Deployment,
    scope: Scope,
    { pace, begun }: { readonly pace: Pace; readonly begun: number },
  ): Promise<KeptLedger> {
    const state = await readLedger(deps, deployment, carriedLedger(activityInfo().heartbeatDetails));
    const kept = new KeptLedger(
      next => writeLedger(deps, deployment, scope, next),
      facts => pace.carry({ begun, ...facts }),
      state,
    );
    await kept.write();
    return kept;
  }

  get progress(): DrainProgress {
    return this.#state.progress;
  }

  get releases(): readonly Release[] {
    return this.#state.releases;
  }

  get readAgain(): Readonly<Record<string, string>> {
    return this.#state.readAgain ?? {};
  }

  /** Takes what a round found; in evidence at once where no later round finds it again. */
  async take(progress: DrainProgress, readAgain: ReadonlyMap<string, bigint>): Promise<void> {
    const isNew = readAgain.size > 0 || remembered(progress) !== remembered(this.progress);
    const total = { ...this.readAgain };
    for (const [group, read] of readAgain) total[group] = String(BigInt(total[group] ?? '0') + read);
    this.#state = { ...this.#state, progress, readAgain: total };
    if (isNew) await this.write();
  }

  /** A group that is sealed now, or was sealed and never seen to have its ticket. */
  isToRelease({ kind, group }: GroupStanding): boolean {
    if (kind === 'drained') return true;
    return kind === 'sealed' && !this.isReleased(group);
  }

  /** Its ticket was seen to say so. */
  isReleased(group: string): boolean {
    return this.releases.some(r => r.group === group && r.pending !== true);
  }

  /**
   * Seals the group's rows where they are open, and keeps what is known at its release, before its ticket says so. A group that is
   * released once more may have left long ago: that it ran is not forgotten.
   */
  async seal(standing: GroupStanding, greenEnds: Release['greenEnds']): Promise<void> {
    const { group } = standing;
    const at = new Date().toISOString();
    const before = this.releases.find(r => r.group === group);
    const members = Math.max(before?.members ?? 0, standing.members);
    const progress = standing.kind === 'drained' ? seal(this.progress, standing, at) : this.progress;
    this.#replace({ group, at, members, greenEnds, pending: true }, progress);
    await this.write();
  }

  /** Keeps what is known at the release of a group whose rows stay open. Whether it ran cannot be seen, so it counts as one that did. */
  async giveUp(group: string, greenEnds: Release['greenEnds']): Promise<void> {
    const members = Math.max(1, this.releases.find(r => r.group === group)?.members ?? 0);
    this.#replace({ group, at: new Date().toISOString(), members, greenEnds, pending: true }, this.progress);
    await this.write();
  }

  /** The group's ticket says released. */
  async released(group: string): Promise<void> {
    const pending = this.releases.find(r => r.group === group);
    if (pending === undefined) return;
    const { pending: _, ...release } = pending;
    this.#replace({ ...release, at: new Date().toISOString() }, this.progress);
    await this.write();
  }

  async write(): Promise<EvidenceRef> {
    const ledger = await this.#write(this.#state);
    this.#carry({ ledger });
    return ledger;
  }

  /** Everything that is known, in evidence, as a step's result. */
  async end(kind: Drained['kind'], detail: string): Promise<Drained> {
    const evidence = await this.write();
    return { kind, detail, evidence, summary: summarise(this.progress, evidence.sha256) };
  }

  #replace(release: Release, progress: DrainProgress): void {
    const others = this.releases.filter(r => r.group !== release.group);
    this.#state = { ...this.#state, progress, releases: [...others, release] };
  }
}
