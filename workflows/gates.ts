/**
 * What a message does, decided in one place: a pure function of what the run waits for and where it stands. A message counts
 * only for what is open when it arrives; everything else is refused with a sentence and changes nothing.
 */
import {
  ALL_OF_BLUE,
  ALL_OF_GREEN,
  type Message,
  MOST_WAIVER_BYTES,
  MOST_WAIVERS,
  type RunWaiver,
} from '../contract/messages.ts';
import type { Gate, Phase, WayBack } from '../contract/phases.ts';
import type { Order } from '../contract/request.ts';
import type { Approval, WayBackAsked } from '../contract/status.ts';
import { utf8Bytes } from '../report/inert.ts';

/**
 * How far the traffic has moved; it decides what a rollback means and whether it is legal. `stopping`: blue is being stopped, or is
 * kept stopped, and its stack stands.
 */
export type Position = 'before-flip' | 'flipped' | 'released' | 'stopping' | 'deleting' | 'going-back' | 'ended';

export type Waiting =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'gate'; readonly gate: Gate; readonly since: string; readonly deadline: string | null }
  | { readonly kind: 'hold'; readonly phase: Phase | WayBack; readonly since: string; readonly reason: string }
  | { readonly kind: 'pause'; readonly since: string; readonly by: string };

export interface GateState {
  readonly phase: Phase | WayBack;
  readonly position: Position;
  readonly waiting: Waiting;
  /** Asked for and not yet in force: a pause begins before the next phase. */
  readonly pauseAsked: { readonly by: string } | null;
  readonly wayBack: WayBackAsked | null;
  /** Said after the deletion was approved, and not yet in force: the run holds before it goes on with it. */
  readonly deletionRejected: { readonly by: string } | null;
  readonly approvals: readonly Approval[];
  readonly waivers: readonly RunWaiver[];
}

export interface GateRules {
  readonly requestedBy: string;
  readonly notRequester: boolean;
  readonly order: Order;
}

export type Verdict =
  | { readonly kind: 'accepted'; readonly sentence: string; readonly state: GateState }
  | { readonly kind: 'refused'; readonly sentence: string };

export const initialGates: GateState = {
  phase: 'preflight',
  position: 'before-flip',
  waiting: { kind: 'nothing' },
  pauseAsked: null,
  wayBack: null,
  deletionRejected: null,
  approvals: [],
  waivers: [],
};

/** Why a rollback is not possible now, or null when it is. */
export function rollbackRefusal(state: GateState): string | null {
  if (state.position === 'ended') return 'The run has ended.';
  if (state.wayBack !== null) return `The run already goes back, asked for by ${state.wayBack.by}.`;
  switch (state.position) {
    case 'before-flip':
    case 'flipped':
      return null;
    case 'released':
      return 'The first group was already released to green: going back now would leave records that it read there. Go on, or hold.';
    case 'stopping':
    case 'deleting':
      return 'The deletion of blue was already accepted.';
    case 'going-back':
      return 'The run already goes back.';
  }
}

/** What a cancellation of the workflow does that comes too late for a way back. */
export function afterLateCancel(state: GateState): string {
  if (state.position === 'released') return 'The run holds before its next phase, and before blue is deleted.';
  if (state.position === 'stopping') return 'The run holds before its stack is deleted.';
  return state.position === 'deleting' ? 'The run goes on to its end.' : 'It ends as it was asked to before.';
}

/** What the message does to the state, or the sentence with which it is refused. `at` is ISO 8601. */
export function decide(state: GateState, message: Message, rules: GateRules, at: string): Verdict {
  if (state.position === 'ended') return refused('The run has ended.');
  // Between the request for a way back and its first step nothing else counts: the step that runs is only awaited.
  if (state.wayBack !== null && state.position !== 'going-back')
    return refused(`The run already goes back, asked for by ${state.wayBack.by}.`);
  switch (message.name) {
    case 'approve':
      return approve(state, message, rules, at);
    case 'reject':
      return reject(state, message, at);
    case 'rollback':
      return rollback(state, message, at);
    case 'resume':
      return resume(state, message);
    case 'pause':
      return pause(state, message, rules);
    case 'waive':
      return waive(state, message);
  }
}

type Of<N extends Message['name']> = Extract<Message, { name: N }>;

function approve(state: GateState, message: Of<'approve'>, rules: GateRules, at: string): Verdict {
  const open = openGate(state, message.gate);
  if (!open) return refused(`Nothing waits for an approval of ${message.gate}: ${situation(state)}.`);
  if (rules.notRequester && message.by === rules.requestedBy)
    return refused(`${message.by} asked for this deployment, and the request says that somebody else must approve it.`);
  return accepted(`${message.gate} approved by ${message.by}`, judged(state, message, 'approved', at));
}

function reject(state: GateState, message: Of<'reject'>, at: string): Verdict {
  if (message.gate === 'bake')
    return refused('Bake has no gate that could be rejected: it ends by itself, or early by approve.');
  if (openGate(state, message.gate))
    return accepted(`${message.gate} rejected by ${message.by}`, judged(state, message, 'rejected', at));
  if (message.gate === 'decommission' && deletionIsApproved(state)) return rejectApproved(state, message, at);
  return refused(`Nothing waits for an approval of ${message.gate}: ${situation(state)}.`);
}

function deletionIsApproved({ phase, approvals }: GateState): boolean {
  return (
    phase === 'decommission' && approvals.some(({ gate, verdict }) => gate === 'decommission' && verdict === 'approved')
  );
}

/** A day passes between the approval of the deletion and its end: until the stack is being deleted, it may be rejected all the same. */
function rejectApproved(state: GateState, message: Of<'reject'>, at: string): Verdict {
  if (state.position === 'deleting') return refused('The deletion of blue has begun: nothing can stop it here.');
  if (state.waiting.kind === 'hold')
    return refused(
      'The run holds, and deletes nothing before somebody resumes: leave it so for as long as blue is needed.',
    );
  if (state.deletionRejected !== null)
    return refused(
      `The deletion of blue was already rejected by ${state.deletionRejected.by}: the run holds before it.`,
    );
  return accepted(`decommission rejected by ${message.by}: the run holds before blue is deleted`, {
    ...judged(state, message, 'rejected', at),
    deletionRejected: { by: message.by },
  });
}

function rollback(state: GateState, message: Of<'rollback'>, at: string): Verdict {
  const refusal = rollbackRefusal(state);
  if (refusal !== null) return refused(refusal);
  return accepted(`rollback asked for by ${message.by}: ${whatGoesBack(state)}`, {
    ...state,
    wayBack: { as: 'rollback', by: message.by, reason: message.reason ?? null, phase: state.phase, at },
  });
}

function whatGoesBack({ position, phase }: GateState): string {
  if (position !== 'before-flip') return 'the traffic goes back to blue';
  return phase === 'flip'
    ? 'everything is undone, or, if the flip was carried out already, the traffic goes back to blue'
    : 'everything is undone';
}

function resume(state: GateState, message: Of<'resume'>): Verdict {
  if (state.waiting.kind === 'hold' || state.waiting.kind === 'pause')
    return accepted(`${state.waiting.kind} ended by ${message.by}`, { ...state, waiting: { kind: 'nothing' } });
  if (state.pauseAsked !== null) return accepted(`pause taken back by ${message.by}`, { ...state, pauseAsked: null });
  if (state.deletionRejected !== null)
    return accepted(`rejection taken back by ${message.by}`, { ...state, deletionRejected: null });
  return refused(`There is no hold and no pause to end: ${situation(state)}.`);
}

const neverPaused: readonly (Phase | WayBack)[] = ['settle', 'freeze', 'drain', 'release', 'undo', 'rollback'];

function pause(state: GateState, message: Of<'pause'>, { order }: GateRules): Verdict {
  if (state.phase === 'flip' && order === 'total')
    return refused(
      'A pause after this flip would leave every library producer waiting: with order total they hold until blue is frozen. It is possible again from bake on.',
    );
  if (neverPaused.includes(state.phase))
    return refused(
      `A pause in ${state.phase} would leave writers between the clusters. It is possible again from bake on.`,
    );
  if (state.phase === 'decommission')
    return refused(
      'Decommission is the last phase: there is none to pause before. To keep blue, reject decommission: the run holds before it is deleted.',
    );
  if (state.waiting.kind === 'hold' || state.waiting.kind === 'pause')
    return refused(`Nothing moves already: ${situation(state)}.`);
  if (state.pauseAsked !== null) return refused(`A pause was already asked for by ${state.pauseAsked.by}.`);
  return accepted(`the run pauses before the next phase, asked for by ${message.by}`, {
    ...state,
    pauseAsked: { by: message.by },
  });
}

const waivable: readonly (Phase | WayBack)[] = ['settle', 'freeze', 'drain', 'release', 'bake', 'rollback'];

/** Where blue is looked at after the flip, and may have been deleted by somebody. */
const withoutBlue: readonly (Phase | WayBack)[] = ['settle', 'freeze', 'drain', 'release', 'decommission'];

function waive(state: GateState, message: Of<'waive'>): Verdict {
  const allOfBlue = message.topic === ALL_OF_BLUE && withoutBlue.includes(state.phase);
  if (!waivable.includes(state.phase) && !allOfBlue)
    return refused(
      `Waivers count from settle to release, a group's also in bake; before the start they go into the request. ${situation(state)}.`,
    );
  const [kind, name] =
    message.topic !== undefined
      ? (['topic', message.topic] as const)
      : message.group !== undefined
        ? (['group', message.group] as const)
        : (['straggler', message.straggler ?? ''] as const);
  if (state.phase === 'bake' && kind !== 'group')
    return refused('In bake only a group can be waived: one that never reads what green held at its release.');
  const allOfGreen = kind === 'topic' && name === ALL_OF_GREEN;
  if (state.phase === 'rollback' && !allOfGreen)
    return refused(
      `In a rollback only topic ${ALL_OF_GREEN} can be waived: what green acknowledged, when somebody deleted green.`,
    );
  if (state.phase !== 'rollback' && name === ALL_OF_GREEN && !allOfBlue)
    return refused(`Before a rollback a waiver names one ${kind}, and ${ALL_OF_GREEN} is none.`);
  if (state.waivers.some(w => w.kind === kind && w.name === name)) return refused(`${kind} ${name} is already waived.`);
  if (state.waivers.length >= MOST_WAIVERS)
    return refused(
      `This run already has ${MOST_WAIVERS} waivers: mend what remains, or give it a rule with * in the next request.`,
    );
  const waivers = [...state.waivers, { kind, name, by: message.by, reason: message.reason }];
  const bytes = utf8Bytes(JSON.stringify(waivers));
  if (bytes > MOST_WAIVER_BYTES)
    return refused(
      `With this one the waivers of this run would take ${bytes} bytes, and they travel with every step: at most ${MOST_WAIVER_BYTES}. Give the reason in fewer words.`,
    );
  return accepted(`${kind} ${name} waived by ${message.by}`, { ...state, waivers });
}

function openGate(state: GateState, gate: Gate): boolean {
  if (state.wayBack !== null) return false;
  return state.waiting.kind === 'gate' && state.waiting.gate === gate;
}

function judged(
  state: GateState,
  message: Of<'approve'> | Of<'reject'>,
  verdict: Approval['verdict'],
  at: string,
): GateState {
  const approval = { gate: message.gate, verdict, by: message.by, reason: message.reason ?? null, at };
  return { ...state, waiting: { kind: 'nothing' }, approvals: [...state.approvals, approval] };
}

function situation(state: GateState): string {
  switch (state.waiting.kind) {
    case 'nothing':
      return `the run works in phase ${state.phase}`;
    case 'gate':
      return `the run waits for ${state.waiting.gate}`;
    case 'hold':
      return `the run holds in ${state.waiting.phase}`;
    case 'pause':
      return `the run is paused by ${state.waiting.by}`;
  }
}

function accepted(sentence: string, state: GateState): Verdict {
  return { kind: 'accepted', sentence, state };
}

function refused(sentence: string): Verdict {
  return { kind: 'refused', sentence };
}
