/**
 * Where a group reads, decided from the signpost and the group's ticket alone. A held ticket keeps the group off the new cluster
 * whatever the signpost says; a ticket that cannot be read is never taken for a released one, nor for none.
 */
import type { ClusterId, Signpost } from './signpost.ts';
import type { ParsedTicket } from './ticket.ts';

export type SeenTicket = ParsedTicket | { readonly kind: 'unreadable'; readonly reason: string };

export type ReadingPlace =
  | { readonly kind: 'cluster'; readonly id: ClusterId }
  /** Reading anywhere could be wrong: stay where you are, or wait. */
  | { readonly kind: 'undecided'; readonly reason: string };

/** The clusters of a signpost between which groups move; null when none is moving and tickets mean nothing. */
export function movement(signpost: Signpost): { readonly from: ClusterId; readonly to: ClusterId } | null {
  const { write, read, drain } = signpost;
  if (write.kind === 'hold') return null;
  if (write.id !== read) return { from: read, to: write.id };
  return drain === null || drain === read ? null : { from: drain, to: read };
}

/** `ticket` is the group's on the cluster that groups move to. */
export function whereToRead(signpost: Signpost, ticket: SeenTicket): ReadingPlace {
  const moving = movement(signpost);
  if (moving === null) return { kind: 'cluster', id: signpost.read };
  switch (ticket.kind) {
    case 'none':
      return { kind: 'cluster', id: signpost.read };
    case 'ticket':
      if (ticket.ticket.state === 'held') return { kind: 'cluster', id: moving.from };
      return { kind: 'cluster', id: ticket.ticket.deployment === signpost.by ? moving.to : signpost.read };
    case 'malformed':
      return {
        kind: 'undecided',
        reason: `the group's ticket on cluster ${moving.to} cannot be understood: ${ticket.reason}`,
      };
    case 'unreadable':
      return {
        kind: 'undecided',
        reason: `the group's ticket on cluster ${moving.to} cannot be read: ${ticket.reason}`,
      };
  }
}
