/**
 * What is known of one transaction, from what was asked and answered. It is told as committed or aborted only when that is
 * certain: the coordinator said so, or a commit was never asked for in such a way that it can have happened. Pure.
 */

export type Ended = 'committed' | 'aborted' | 'unknown';

export type TransactionState =
  /** `touched`: the coordinator may know of something in it. `doubt`: some request had no answer and may be done yet. */
  | { readonly kind: 'open'; readonly touched: boolean; readonly doubt: boolean }
  /** `lost`: an earlier request to end it so had no answer. */
  | { readonly kind: 'ending'; readonly as: 'commit' | 'abort'; readonly lost: boolean; readonly doubt: boolean }
  /** A commit was without answer, and by now the coordinator serves another epoch: the log has to tell. */
  | { readonly kind: 'looking' }
  /** `reusable`: nothing of it is on its way any more, so the next one may have the same epoch. */
  | { readonly kind: 'ended'; readonly as: Ended; readonly reusable: boolean };

export type TransactionEvent =
  /** A request leaves that adds a partition or a group to it. */
  | { readonly kind: 'touching' }
  /** A request was left without answer, or with one that leaves open whether it was done. */
  | { readonly kind: 'unanswered' }
  | { readonly kind: 'commit' }
  | { readonly kind: 'abort' }
  /**
   * To a request to end it. `later`: nothing was done yet. `wrong-state`: of this epoch there is nothing that could be ended
   * so. `fenced`: the coordinator serves another epoch.
   */
  | { readonly kind: 'answered'; readonly answer: 'done' | 'later' | 'wrong-state' | 'fenced' }
  | { readonly kind: 'found'; readonly in: 'committed' | 'aborted' }
  /** Nobody will tell any more. */
  | { readonly kind: 'given-up' };

export const BEGUN: TransactionState = { kind: 'open', touched: false, doubt: false };

export function next(state: TransactionState, event: TransactionEvent): TransactionState {
  switch (state.kind) {
    case 'open':
      return whileOpen(state, event);
    case 'ending':
      return whileEnding(state, event);
    case 'looking':
      if (event.kind === 'found') return ended(event.in);
      return event.kind === 'given-up' ? ended('unknown') : state;
    case 'ended':
      return state;
  }
}

function whileOpen(state: TransactionState & { kind: 'open' }, event: TransactionEvent): TransactionState {
  switch (event.kind) {
    case 'touching':
      return { ...state, touched: true };
    case 'unanswered':
      return { ...state, doubt: true };
    case 'commit':
      return state.touched ? ending('commit', state) : ended('committed', true);
    case 'abort':
      return state.touched ? ending('abort', state) : ended('aborted');
    default:
      return state;
  }
}

function whileEnding(state: TransactionState & { kind: 'ending' }, event: TransactionEvent): TransactionState {
  const { as, lost, doubt } = state;
  const notCommitted = as === 'abort' || !lost;
  if (event.kind === 'unanswered') return { ...state, lost: true };
  if (event.kind === 'given-up') return ended(notCommitted ? 'aborted' : 'unknown');
  if (event.kind !== 'answered') return state;
  switch (event.answer) {
    case 'later':
      return state;
    case 'done':
      return as === 'commit' ? ended('committed', !lost && !doubt) : ended('aborted');
    case 'wrong-state':
      return ended('aborted');
    case 'fenced':
      return notCommitted ? ended('aborted') : { kind: 'looking' };
  }
}

function ending(as: 'commit' | 'abort', { doubt }: { readonly doubt: boolean }): TransactionState {
  return { kind: 'ending', as, lost: false, doubt };
}

function ended(as: Ended, reusable = false): TransactionState {
  return { kind: 'ended', as, reusable };
}
