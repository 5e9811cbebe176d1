/**
 * What a client makes of one look at the signpost after another: only a higher epoch is news, and whoever ever saw a signpost
 * believes no absence, no older epoch, and no second content of an epoch.
 */
import { formatSignpost, type Signpost } from './signpost.ts';
import type { SignpostLookup } from './signpost-lookup.ts';

export type Sight = { readonly kind: 'none' } | { readonly kind: 'seen'; readonly signpost: Signpost };

export type Notice =
  | { readonly kind: 'news'; readonly signpost: Signpost }
  | { readonly kind: 'unchanged'; readonly signpost: Signpost }
  /** There is none, and this client never saw one. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'stay'; readonly reason: string }
  | { readonly kind: 'alarm'; readonly reason: string };

/** A new client's. */
export const NOTHING_SEEN: Sight = { kind: 'none' };

export function look(sight: Sight, lookup: SignpostLookup): { readonly sight: Sight; readonly notice: Notice } {
  return { sight: sightAfter(sight, lookup), notice: noticeOf(sight, lookup) };
}

function sightAfter(sight: Sight, lookup: SignpostLookup): Sight {
  if (lookup.kind !== 'signpost') return sight;
  if (sight.kind === 'seen' && lookup.signpost.epoch <= sight.signpost.epoch) return sight;
  return { kind: 'seen', signpost: lookup.signpost };
}

function noticeOf(sight: Sight, lookup: SignpostLookup): Notice {
  switch (lookup.kind) {
    case 'absent':
      if (sight.kind === 'none') return { kind: 'absent' };
      return { kind: 'stay', reason: `the signpost of epoch ${sight.signpost.epoch} is gone` };
    case 'failed':
    case 'malformed':
      return { kind: 'stay', reason: lookup.reason };
    case 'ambiguous':
      return { kind: 'alarm', reason: `the signpost has ${lookup.values} values; it must have one` };
    case 'signpost':
      return sight.kind === 'none'
        ? { kind: 'news', signpost: lookup.signpost }
        : compare(sight.signpost, lookup.signpost);
  }
}

function compare(known: Signpost, seen: Signpost): Notice {
  if (seen.epoch > known.epoch) return { kind: 'news', signpost: seen };
  if (seen.epoch < known.epoch)
    return {
      kind: 'stay',
      reason: `the signpost of epoch ${seen.epoch} is older than epoch ${known.epoch}, seen before`,
    };
  if (formatSignpost(seen) !== formatSignpost(known))
    return { kind: 'alarm', reason: `the signpost of epoch ${seen.epoch} has two contents` };
  return { kind: 'unchanged', signpost: known };
}
