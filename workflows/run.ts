/**
 * The state of one deployment as the workflow holds it: what is known of the clusters, where the phases stand, what people said
 * and what it waits for.
 */
import { ApplicationFailure, condition, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { StackEnd, StepInput } from '../contract/activities.ts';
import type { Deployment } from '../contract/deployment.ts';
import type { LedgerSummary } from '../contract/ledger.ts';
import type { Message, RunWaiver } from '../contract/messages.ts';
import { type Attention, MOST_OBSERVATIONS, type Observation } from '../contract/observation.ts';
import { type Gate, type Outcome, PHASES, type Phase, type WayBack } from '../contract/phases.ts';
import type { Plan } from '../contract/plan.ts';
import type { DnsObservation, Report, Stranded } from '../contract/report.ts';
import type { DeploymentRequest } from '../contract/request.ts';
import type { Ignored, PhaseStatus, Stall, Status, WaitingFor } from '../contract/status.ts';
import { renderCurrentDetails } from '../report/current-details.ts';
import { describeEnding } from '../report/ending.ts';
import { describeObservation } from '../report/observations.ts';
import {
  afterLateCancel,
  decide,
  type GateState,
  initialGates,
  type Position,
  rollbackRefusal,
  type Verdict,
} from './gates.ts';
import { SearchAttributes } from './search-attributes.ts';

const now = () => new Date().toISOString();

/** What the way back needs to know about what was begun; set before the step begins, so that a step that half happened is undone too. */
export interface Begun {
  announced: boolean;
  greenStack: boolean;
  topicConfigs: boolean;
}

export class DeploymentRun {
  readonly request: DeploymentRequest;
  readonly id: string;
  readonly begun: Begun = { announced: false, greenStack: false, topicConfigs: false };
  deployment: Deployment | null = null;
  plan: Plan | null = null;
  ledger: LedgerSummary | null = null;
  stranded: Stranded | null = null;
  dns: readonly DnsObservation[] = [];
  greenStackId: string | null = null;
  /** What the undo found and did of green's stack; null before. */
  greenEnd: StackEnd | null = null;
  /** When caches have forgotten what was before the announcement, and when the flip was accepted (ISO 8601). */
  agedAt = now();
  flippedAt = now();
  #gates: GateState = initialGates;
  #phases: PhaseStatus[] = PHASES.map(phase => emptyPhase(phase));
  #outcome: Outcome | null = null;
  #stall: Stall | null = null;
  #ending: string | null = null;
  #ignored: { count: number; last: Ignored[] } = { count: 0, last: [] };
  readonly #attention = new Map<Attention['kind'], string>();
  readonly #stragglers = new Set<string>();
  #observations = 0;
  readonly #searchAttributes = new SearchAttributes();
  #onWayBack: () => void = () => {};
  #onWaiver: () => void = () => {};
  #cancelRefused: string | null = null;
  readonly #startedAt = now();

  constructor(request: DeploymentRequest, id: string) {
    this.request = request;
    this.id = id;
    this.#publish();
  }

  get gates(): GateState {
    return this.#gates;
  }

  get waivers(): readonly RunWaiver[] {
    return this.#gates.waivers;
  }

  /** The deployment's facts; every phase after preflight has them. */
  get facts(): Deployment {
    if (this.deployment === null)
      throw ApplicationFailure.nonRetryable('The deployment is not known before preflight has ended.');
    return this.deployment;
  }

  /** What every step is told. Waivers go only to the steps that look at them: together they are the largest part of an input. */
  input(): StepInput {
    return { deployment: this.facts, waivers: [] };
  }

  /** As `input`, for the steps that judge topics and groups: from settle to the readers' leaving, the bake, the last proof, and green's freeze. */
  inputWithWaivers(): StepInput {
    return { deployment: this.facts, waivers: this.#gates.waivers };
  }

  know(change: Partial<Deployment>): void {
    this.deployment = { ...this.facts, ...change };
  }

  keepEvidence(evidence: Partial<Deployment['evidence']>): void {
    this.know({ evidence: { ...this.facts.evidence, ...evidence } });
  }

  /** The signpost asks writers to hold, and Route 53 serves it since then (ISO 8601). */
  writersHold(since: string): void {
    this.know({ writersHold: true });
    this.#stall = { heldAt: since, openedAt: null };
    this.#publish();
  }

  /** It sends them on to green, and Route 53 serves it since then (ISO 8601). */
  writersGoOn(since: string): void {
    this.know({ writersHold: false });
    if (this.#stall !== null) this.#stall = { ...this.#stall, openedAt: since };
    this.#publish();
  }

  /** Called once a way back was accepted, by message or by cancelling the workflow. */
  onWayBack(act: () => void): void {
    this.#onWayBack = act;
  }

  /** Called for each waiver that arrives while a step runs that could take it into account. */
  onWaiver(act: () => void): void {
    this.#onWaiver = act;
  }

  useSearchAttributes(registered: readonly string[]): void {
    this.#searchAttributes.use(registered);
    this.#publish();
  }

  moveTo(position: Position): void {
    this.#gates = { ...this.#gates, position };
  }

  /** A cancellation of the workflow asks for the way back; where that is not legal, it is shown, and the run holds soon. */
  cancel(): void {
    const refusal = rollbackRefusal(this.#gates);
    if (refusal !== null) {
      this.#cancelRefused = refusal;
      this.ignore('workflow cancel', `${refusal} ${afterLateCancel(this.#gates)}`);
      return;
    }
    const { phase } = this.#gates;
    const wayBack = { as: 'cancel', by: 'workflow cancel', reason: null, phase, at: now() } as const;
    this.#gates = { ...this.#gates, wayBack };
    this.#onWayBack();
  }

  /** What a step saw concerns its phase only: the next one says what it sees itself. */
  enter(phase: Phase | WayBack): void {
    this.#attention.clear();
    this.#gates = { ...this.#gates, phase, waiting: { kind: 'nothing' } };
    if (!this.#phases.some(p => p.phase === phase)) this.#phases.push(emptyPhase(phase));
    this.#setPhase(phase, { state: 'running', startedAt: now() });
  }

  leave(phase: Phase | WayBack, end: Partial<Pick<PhaseStatus, 'state' | 'detail' | 'evidence'>>): void {
    this.#setPhase(phase, { state: 'done', endedAt: now(), ...end });
  }

  /** Waits at a gate until it is judged, a way back was asked for or the deadline passed. */
  async awaitGate(
    gate: Gate,
    deadlineMs: number | null,
    summary: string,
  ): Promise<'approved' | 'rejected' | 'expired'> {
    const deadline = deadlineMs === null ? null : new Date(Date.now() + deadlineMs).toISOString();
    this.#wait({ kind: 'gate', gate, since: now(), deadline });
    const judged = () => this.#gates.waiting.kind !== 'gate';
    const inTime =
      deadlineMs === null ? (await condition(judged), true) : await condition(judged, deadlineMs, { summary });
    if (!inTime) {
      this.#wait({ kind: 'nothing' });
      return 'expired';
    }
    this.#publish();
    return this.#gates.approvals.at(-1)?.verdict ?? 'expired';
  }

  /** Holds: nothing changes until somebody resumes, or waives where that can mend it (or the way back cancels this wait). */
  async hold(reason: string, ends: 'resume' | 'resume-or-waiver' = 'resume'): Promise<void> {
    this.#wait({ kind: 'hold', phase: this.#gates.phase, since: now(), reason });
    const known = this.waivers.length;
    const waived = () => ends === 'resume-or-waiver' && this.waivers.length > known;
    await condition(() => this.#gates.waiting.kind !== 'hold' || waived());
    this.#wait({ kind: 'nothing' });
  }

  /** Holds when the workflow was cancelled and could not go back; false when it was not, and nothing was waited for. */
  async holdIfCancelled(next = ''): Promise<boolean> {
    if (this.#cancelRefused === null) return false;
    const reason = `The workflow was cancelled, and cannot go back. ${this.#cancelRefused}${next}`;
    this.#cancelRefused = null;
    await this.hold(reason);
    return true;
  }

  /** The same where the deletion, approved already, was rejected since; `next` says how blue stands and what a resume does. */
  async holdIfToldToKeepBlue(next: string): Promise<boolean> {
    if (await this.holdIfCancelled(` ${next}`)) return true;
    const { deletionRejected } = this.#gates;
    if (deletionRejected === null) return false;
    this.#gates = { ...this.#gates, deletionRejected: null };
    await this.hold(`The deletion of blue was rejected by ${deletionRejected.by} after its approval. ${next}`);
    return true;
  }

  /** Before a phase: a pause that was asked for begins here, and a cancellation that came too late holds. */
  async pauseIfAsked(): Promise<void> {
    await this.holdIfCancelled();
    if (this.#gates.pauseAsked === null) return;
    const { by } = this.#gates.pauseAsked;
    this.#gates = { ...this.#gates, pauseAsked: null };
    this.#wait({ kind: 'pause', since: now(), by });
    await condition(() => this.#gates.waiting.kind !== 'pause');
    this.#publish();
  }

  /** Ends the run; answers with what it came to, in a person's words. */
  end(outcome: Exclude<Outcome, 'failed'>): string {
    return this.#end(
      outcome,
      describeEnding(this.status(), { outcome, stranded: this.stranded, green: this.greenEnd }),
    );
  }

  /** Ends a run that failed by itself, after it put everything back; `sentence` says so already. */
  fail(sentence: string): void {
    this.#end('failed', sentence);
  }

  #end(outcome: Outcome, ending: string): string {
    this.#outcome = outcome;
    this.#ending = ending;
    this.#gates = { ...this.#gates, position: 'ended', waiting: { kind: 'nothing' } };
    this.#phases = this.#phases.map(p => (p.state === 'waiting' ? { ...p, state: 'skipped' } : p));
    this.#publish();
    return ending;
  }

  /** What the message would do now. */
  judge(message: Message): Verdict {
    const { requestedBy, approval, order } = this.request;
    return decide(this.#gates, message, { requestedBy, notRequester: approval.notRequester, order }, now());
  }

  /** Lets an accepted message take effect; answers with its sentence. */
  accept(verdict: Extract<Verdict, { kind: 'accepted' }>): string {
    const before = this.#gates;
    this.#gates = verdict.state;
    if (before.wayBack === null && verdict.state.wayBack !== null) this.#onWayBack();
    if (before.waivers.length !== verdict.state.waivers.length) this.#onWaiver();
    this.#publish();
    return verdict.sentence;
  }

  /**
   * Why the observation is not taken; null when it is. What is shown already is told again by a step that was started again, and
   * costs nothing; what is shown can always be cleared: its place was kept.
   */
  observationRefusal(observation: Observation): string | null {
    if (this.#gates.position === 'ended') return 'The run has ended.';
    if (observation.kind === 'clear')
      return this.#attention.has(observation.what) ? null : `Nothing is shown that could be cleared.`;
    if (this.#attention.get(observation.kind) === describeObservation(observation)) return 'It is shown already.';
    const shown = this.#attention.size + (this.#attention.has(observation.kind) ? 0 : 1);
    return this.#observations + 1 + shown <= MOST_OBSERVATIONS
      ? null
      : `This run has taken its ${MOST_OBSERVATIONS} observations.`;
  }

  observe(observation: Observation): void {
    this.#observations += 1;
    if (observation.kind === 'clear') this.#attention.delete(observation.what);
    else this.#attention.set(observation.kind, describeObservation(observation));
    if (observation.kind === 'stragglers' || observation.kind === 'written-while-held')
      for (const { topic } of observation.topics) this.#stragglers.add(topic);
    this.#publish();
  }

  /** A message that counts for nothing is shown, the last twenty of them. */
  ignore(message: string, why: string): void {
    const entry = { at: now(), message: message.slice(0, 100), why: why.slice(0, 400) };
    this.#ignored = { count: this.#ignored.count + 1, last: [...this.#ignored.last, entry].slice(-20) };
    this.#publish();
  }

  status(): Status {
    const refusal = rollbackRefusal(this.#gates);
    const info = workflowInfo();
    return {
      cluster: this.request.cluster,
      deployment: this.id,
      workflowId: info.workflowId,
      runId: info.runId,
      record: this.request.record,
      requestedBy: this.request.requestedBy,
      order: this.request.order,
      stall: this.#stall,
      blue: this.#cluster('blue'),
      green: this.#cluster('green'),
      phase: this.#gates.phase,
      outcome: this.#outcome,
      phases: this.#phases,
      waitingFor: this.#waitingFor(),
      rollback: { possible: refusal === null, why: refusal ?? 'Legal until the first group is released.' },
      attention: [...this.#attention.values()],
      wayBack: this.#gates.wayBack,
      ending: this.#ending,
      approvals: this.#gates.approvals,
      waivers: this.#gates.waivers,
      ignored: this.#ignored,
    };
  }

  /** The report as it stands; it has no outcome before the end. */
  report(): Report {
    const status = this.status();
    const info = workflowInfo();
    return {
      outcome: status.outcome,
      cluster: status.cluster,
      deployment: status.deployment,
      workflowId: status.workflowId,
      runId: status.runId,
      record: status.record,
      requestedBy: status.requestedBy,
      order: status.order,
      stall: status.stall,
      blue: status.blue,
      green: status.green,
      startedAt: this.#startedAt,
      endedAt: now(),
      phases: status.phases,
      wayBack: status.wayBack,
      ending: status.ending,
      approvals: status.approvals,
      waivers: status.waivers,
      stragglers: [...this.#stragglers],
      ledger: this.ledger,
      dns: this.dns,
      stranded: this.stranded,
      evidence: { ...this.deployment?.evidence },
      history: { events: info.historyLength, bytes: info.historySize },
    };
  }

  #wait(waiting: GateState['waiting']): void {
    this.#gates = { ...this.#gates, waiting };
    this.#publish();
  }

  #setPhase(phase: Phase | WayBack, change: Partial<PhaseStatus>): void {
    this.#phases = this.#phases.map(p => (p.phase === phase ? { ...p, ...change } : p));
    this.#publish();
  }

  #publish(): void {
    setCurrentDetails(renderCurrentDetails(this.status()));
    // Of a run that was cancelled or failed Temporal's own status says so; it keeps the phase in which it ended.
    const ended = this.#outcome === 'cancelled' || this.#outcome === 'failed' ? null : this.#outcome;
    this.#searchAttributes.publish({
      cluster: this.request.cluster,
      phase: ended ?? this.#gates.phase,
      waitingFor: waitingWord(this.#gates),
    });
  }

  #waitingFor(): WaitingFor | null {
    const { waiting } = this.#gates;
    const update = (name: string, input: object) =>
      `temporal workflow update execute --workflow-id ${workflowInfo().workflowId} --name ${name} --input '${JSON.stringify(input)}'`;
    switch (waiting.kind) {
      case 'nothing':
        return null;
      case 'gate':
        return { ...waiting, command: update('approve', { by: 'YOU', gate: waiting.gate }) };
      case 'hold':
      case 'pause':
        return { ...waiting, command: update('resume', { by: 'YOU' }) };
    }
  }

  #cluster(colour: 'blue' | 'green') {
    const known = this.deployment?.[colour] ?? null;
    return {
      stack: known?.stack ?? this.request[colour].stack,
      clusterId: known?.clusterId ?? null,
      version: known?.version ?? null,
      mode: known?.mode ?? null,
    };
  }
}

function waitingWord({ waiting }: GateState): string {
  if (waiting.kind !== 'gate') return waiting.kind;
  return waiting.gate === 'bake' ? 'end of bake' : `approval of ${waiting.gate}`;
}

function emptyPhase(phase: Phase | WayBack): PhaseStatus {
  return { phase, state: 'waiting', startedAt: null, endedAt: null, detail: null, evidence: null };
}
