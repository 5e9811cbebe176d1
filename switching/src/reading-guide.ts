/** Says where a group is to be read now: what the signpost and the group's ticket decide, verified at the address itself. */
import { identifyCluster } from './cluster-check.ts';
import { type BlueGreenOptions, recordAddress } from './options.ts';
import type { ClusterId, Signpost } from './signpost.ts';
import { TicketReader } from './ticket-reader.ts';
import type { Standing } from './watcher.ts';
import { movement, type SeenTicket, whereToRead } from './where-to-read.ts';

/** A cluster that answered with this id. */
export interface Destination {
  readonly clusterId: ClusterId;
  /** `host:port` of addresses that lead to no other cluster. */
  readonly addresses: readonly string[];
  /** Null while there is no signpost. */
  readonly epoch: bigint | null;
}

export type Decision =
  | { readonly kind: 'here' }
  | { readonly kind: 'go'; readonly to: Destination }
  | { readonly kind: 'stay'; readonly reason: string };

export class ReadingGuide {
  readonly #options: BlueGreenOptions;
  readonly #tickets: TicketReader;
  #releasedBy: string | null = null;

  constructor(options: BlueGreenOptions, groupId: string) {
    this.#options = options;
    this.#tickets = new TicketReader(options, groupId);
  }

  /** `current` is the cluster that is read now, or null. */
  async decide(standing: Standing, current: ClusterId | null): Promise<Decision> {
    if (standing.kind === 'absent') return current === null ? this.#behindTheRecord() : { kind: 'here' };
    const { signpost } = standing;
    const place = whereToRead(signpost, await this.#ticket(signpost));
    if (place.kind === 'undecided') return { kind: 'stay', reason: place.reason };
    if (place.id === current) return { kind: 'here' };
    return this.#behindTheSignpost(signpost, place.id);
  }

  async close(): Promise<void> {
    await this.#tickets.close();
  }

  /** A released ticket never becomes a held one, so it is not read again. */
  async #ticket(signpost: Signpost): Promise<SeenTicket> {
    const moving = movement(signpost);
    if (moving === null || signpost.by === null) {
      await this.#tickets.close();
      return { kind: 'none' };
    }
    const deployment = signpost.by;
    if (this.#releasedBy === deployment) return { kind: 'ticket', ticket: { deployment, state: 'released' } };
    const address = signpost.addresses.get(moving.to);
    if (address === undefined) return { kind: 'unreadable', reason: 'the signpost does not tell its address' };
    const ticket = await this.#tickets.read({ id: moving.to, address });
    if (ticket.kind === 'ticket' && ticket.ticket.state === 'released' && ticket.ticket.deployment === deployment)
      this.#releasedBy = deployment;
    return ticket;
  }

  /** The record may come to lead to another cluster; the brokers that answer behind it now do not. */
  async #behindTheRecord(): Promise<Decision> {
    const address = recordAddress(this.#options);
    try {
      const { clusterId, brokers } = await identifyCluster(address, this.#options);
      return { kind: 'go', to: { clusterId, addresses: brokers, epoch: null } };
    } catch (error) {
      return { kind: 'stay', reason: `no cluster answers at ${address}: ${messageOf(error)}` };
    }
  }

  async #behindTheSignpost({ epoch, addresses }: Signpost, id: ClusterId): Promise<Decision> {
    const address = addresses.get(id);
    if (address === undefined)
      return { kind: 'stay', reason: `the signpost of epoch ${epoch} does not tell the address of cluster ${id}` };
    try {
      const { clusterId } = await identifyCluster(address, this.#options);
      if (clusterId === id) return { kind: 'go', to: { clusterId, addresses: [address], epoch } };
      return { kind: 'stay', reason: `cluster ${clusterId} answers at ${address}, where the signpost says ${id}` };
    } catch (error) {
      return { kind: 'stay', reason: `cluster ${id} does not answer at ${address}: ${messageOf(error)}` };
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
