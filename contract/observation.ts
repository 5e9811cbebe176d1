/**
 * What a running step wants a person to know before it ends. Sent by the worker as the update `observe`; live numbers stay in
 * heartbeats. At most 40 a run: each costs history.
 */
export type Observation =
  | { readonly kind: 'stragglers'; readonly topics: readonly { readonly topic: string; readonly perSecond: number }[] }
  | { readonly kind: 'never-finishes'; readonly groups: readonly { readonly group: string; readonly why: string }[] }
  | { readonly kind: 'restart-now'; readonly groups: readonly string[] }
  | { readonly kind: 'clear'; readonly what: 'stragglers' | 'never-finishes' | 'restart-now' };

export const MOST_OBSERVATIONS = 40;
