/** A `send` that took longer than `sendTimeoutMs`: where it stood, and what is known of its records. */
import type { ClusterId } from './signpost.ts';

/** Why a record that was let into the buffer is not stored yet. */
export type Waiting =
  | { readonly kind: 'held'; readonly epoch: string }
  | { readonly kind: 'no-cluster' }
  | { readonly kind: 'fenced'; readonly topic: string; readonly cluster: ClusterId }
  /** Nothing that holds its topic and partition was sent: the cluster takes no connection, or has too few replicas. */
  | { readonly kind: 'not-sent'; readonly topic: string; readonly partition: number; readonly cluster: ClusterId }
  /** Its own batch, or one before it, has no answer yet. */
  | { readonly kind: 'outstanding'; readonly topic: string; readonly partition: number; readonly cluster: ClusterId };

/** What a record waited for. Cluster ids and epochs are text. */
export type SendState =
  | Waiting
  | { readonly kind: 'buffer-full'; readonly bytes: number; readonly maxBytes: number }
  | { readonly kind: 'topic-unknown'; readonly topic: string; readonly cluster: string };

/** Of the records of one `send`. */
export interface SendFate {
  readonly stored: number;
  /** Withdrawn: they are not stored, and will not be sent any more. */
  readonly notStored: number;
  /** Sent and not answered: stored already, or yet to be, or neither. */
  readonly mayBeStored: number;
}

export class SendTimeout extends Error {
  override readonly name = 'SendTimeout';
  readonly timeoutMs: number;
  /** Of the record that may be stored if there is one, else of the first that is not. */
  readonly state: SendState;
  readonly records: SendFate;
  /** Whether none of the records is stored or ever will be: then they can be sent again without being doubled. */
  readonly notStored: boolean;

  /** `what` took so long. */
  constructor(timeoutMs: number, state: SendState, records: SendFate, what = 'send') {
    const notStored = records.stored + records.mayBeStored === 0;
    const fate = notStored
      ? 'Its records are not stored and will not be sent any more.'
      : `Of its records ${records.stored} are stored, ${records.mayBeStored} may or may not be, and ${records.notStored} are not and will not be sent any more.`;
    super(`The ${what} took longer than ${timeoutMs} ms: ${said(state)}. ${fate}`);
    this.timeoutMs = timeoutMs;
    this.state = state;
    this.records = records;
    this.notStored = notStored;
  }
}

function said(state: SendState): string {
  switch (state.kind) {
    case 'buffer-full':
      return `it waits for room in the buffer, which holds ${state.bytes} of ${state.maxBytes} bytes`;
    case 'topic-unknown':
      return `it waits for cluster ${state.cluster} to tell the partitions of topic ${state.topic}`;
    case 'held':
      return `the signpost of epoch ${state.epoch} asks writers to hold`;
    case 'no-cluster':
      return 'there is no cluster to write to';
    case 'fenced':
      return `topic ${state.topic} of cluster ${state.cluster} is fenced, and the signpost names no other cluster yet`;
    case 'not-sent':
      return `cluster ${state.cluster} does not take records of ${state.topic}, partition ${state.partition}, at the moment`;
    case 'outstanding':
      return `cluster ${state.cluster} has not answered a batch of ${state.topic}, partition ${state.partition}`;
  }
}
