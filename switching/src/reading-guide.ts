/** Says where a group is to be read now: what the signpost and the group's ticket decide, verified at the address itself. */
import { type IdentifiedCluster, identifyCluster } from './cluster-check.ts';
import { type BlueGreenOptions, recordAddress } from './options.ts';
import type { ClusterId, Signpost } from './signpost.ts';
import { TicketReader } from './ticket-reader.ts';
import type { Standing } from './watcher.ts';
import { movement, type ReadingPlace, type SeenTicket, whereToRead } from './where-to-read.ts';

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

/** How the guide asks clusters. */
export interface Asking {
  readonly tickets: Pick<TicketReader, 'read' | 'close'>;
  /** Which cluster answers at `host:port`; rejects when none does. */
  readonly identify: (address: string, signal: AbortSignal) => Promise<IdentifiedCluster>;
}

export class ReadingGuide {
  readonly #record: string;
  readonly #asking: Asking;
  /** A deployment, and the cluster to which it released the group. */
  #released: { readonly deployment: string; readonly to: ClusterId } | null = null;

  constructor(record: string, asking: Asking) {
    this.#record = record;
    this.#asking = asking;
  }

  static of(options: BlueGreenOptions, groupId: string): ReadingGuide {
    return new ReadingGuide(recordAddress(options), {
      tickets: new TicketReader(options, groupId),
      identify: (address, signal) => identifyCluster(address, options, signal),
    });
  }

  /** `current` is the cluster that is read now, or null. Whoever gives up by the signal is told to stay. */
  async decide(standing: Standing, current: ClusterId | null, signal: AbortSignal): Promise<Decision> {
    if (standing.kind === 'absent') return current === null ? this.#behindTheRecord(signal) : { kind: 'here' };
    const { signpost } = standing;
    const place = await this.place(signpost, signal);
    if (place.kind === 'undecided') return { kind: 'stay', reason: place.reason };
    if (place.id === current) return { kind: 'here' };
    return this.#behindTheSignpost(signpost, place.id, signal);
  }

  /** What signpost and ticket say, without asking the cluster that they name. */
  async place(signpost: Signpost, signal: AbortSignal): Promise<ReadingPlace> {
    return whereToRead(signpost, await this.#ticket(signpost, signal));
  }

  async close(): Promise<void> {
    await this.#asking.tickets.close();
  }

  /** A released ticket never becomes a held one, so it is not read again. */
  async #ticket(signpost: Signpost, signal: AbortSignal): Promise<SeenTicket> {
    const moving = movement(signpost);
    if (moving === null || signpost.by === null) {
      await this.#asking.tickets.close();
      return { kind: 'none' };
    }
    const deployment = signpost.by;
    const { to } = moving;
    if (this.#released?.deployment === deployment && this.#released.to === to)
      return { kind: 'ticket', ticket: { deployment, state: 'released' } };
    const address = signpost.addresses.get(to);
    if (address === undefined) return { kind: 'unreadable', reason: 'the signpost does not tell its address' };
    const ticket = await this.#asking.tickets.read({ id: to, address }, signal);
    if (ticket.kind === 'ticket' && ticket.ticket.state === 'released' && ticket.ticket.deployment === deployment)
      this.#released = { deployment, to };
    return ticket;
  }

  /** The record may come to lead to another cluster; the brokers that answer behind it now do not. */
  async #behindTheRecord(signal: AbortSignal): Promise<Decision> {
    const address = this.#record;
    try {
      const { clusterId, brokers } = await this.#asking.identify(address, signal);
      return { kind: 'go', to: { clusterId, addresses: brokers, epoch: null } };
    } catch (error) {
      return { kind: 'stay', reason: `no cluster answers at ${address}: ${messageOf(error)}` };
    }
  }

  async #behindTheSignpost({ epoch, addresses }: Signpost, id: ClusterId, signal: AbortSignal): Promise<Decision> {
    const address = addresses.get(id);
    if (address === undefined)
      return { kind: 'stay', reason: `the signpost of epoch ${epoch} does not tell the address of cluster ${id}` };
    try {
      const { clusterId } = await this.#asking.identify(address, signal);
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
