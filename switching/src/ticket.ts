/**
 * A group's ticket: a commit of offset 0 on the empty topic `_bluegreen` of the new cluster, whose metadata tells the group
 * whether it may leave the old one. It never touches a data offset.
 */

/** The empty one-partition topic on which tickets are committed. */
export const TICKET_TOPIC = '_bluegreen';

export interface Ticket {
  /** Id of the deployment that wrote it. */
  readonly deployment: string;
  readonly state: 'held' | 'released';
}

export type ParsedTicket =
  | { readonly kind: 'ticket'; readonly ticket: Ticket }
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed'; readonly reason: string };

/** The commit's metadata. */
export function formatTicket(ticket: Ticket): string {
  return `v=1 deployment=${ticket.deployment} state=${ticket.state}`;
}

/** Reads a commit's metadata; empty metadata is no ticket. Unknown keys are ignored. */
export function parseTicket(metadata: string): ParsedTicket {
  if (metadata.trim() === '') return { kind: 'none' };
  const fields = new Map(
    metadata
      .trim()
      .split(/\s+/)
      .map(part => {
        const at = part.indexOf('=');
        return at < 1 ? ([part, ''] as const) : ([part.slice(0, at), part.slice(at + 1)] as const);
      }),
  );
  if (fields.get('v') !== '1') return { kind: 'malformed', reason: 'its version is not 1' };
  const deployment = fields.get('deployment') ?? '';
  if (deployment === '') return { kind: 'malformed', reason: 'it names no deployment' };
  const state = fields.get('state');
  if (state !== 'held' && state !== 'released')
    return { kind: 'malformed', reason: 'its state is neither held nor released' };
  return { kind: 'ticket', ticket: { deployment, state } };
}
