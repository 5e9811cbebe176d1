/** How a transaction ends other than well, in words for whoever called. */
import type { ClusterId } from './signpost.ts';

/** Why a transaction was aborted. */
export type AbortCause =
  /** The deployment fences a topic it writes to: the old cluster takes no more records. */
  | { readonly kind: 'fenced'; readonly topic: string }
  /** The coordinator serves another epoch: another instance has the transactional id now, or the transaction timed out. */
  | { readonly kind: 'taken-over' }
  /** The cluster was deleted before it was to be committed. */
  | { readonly kind: 'gone' }
  /** Something of it failed. */
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'asked' }
  | { readonly kind: 'disconnected' };

/** Nothing of the transaction is visible to read_committed readers, nor will be: it can be run again as a whole. */
export class TransactionAborted extends Error {
  override readonly name = 'TransactionAborted';
  readonly retriable: boolean;
  readonly reason: AbortCause['kind'];

  constructor(transactionalId: string, cluster: ClusterId, why: AbortCause) {
    super(
      `The transaction of ${transactionalId} on cluster ${cluster} was aborted: ${said(why)}. Nothing of it is visible: run it again in a new transaction.`,
      why.kind === 'failed' ? { cause: why.error } : {},
    );
    this.reason = why.kind;
    this.retriable = why.kind === 'fenced' || why.kind === 'gone' || why.kind === 'taken-over';
  }
}

/** Whether the transaction was committed cannot be known. */
export class TransactionOutcomeUnknown extends Error {
  override readonly name = 'TransactionOutcomeUnknown';
  readonly retriable = false;
  readonly cluster: ClusterId;

  constructor(transactionalId: string, cluster: ClusterId) {
    super(
      `The transaction of ${transactionalId} on cluster ${cluster} was to be committed, and nobody can tell any more whether it was: either all of it is stored there or nothing. Run again, it may be doubled; not run again, it may be lost.`,
    );
    this.cluster = cluster;
  }
}

/** This producer begins no transaction any more until it is connected anew. */
export class TransactionalIdTaken extends Error {
  override readonly name = 'TransactionalIdTaken';
  readonly retriable = false;

  constructor(transactionalId: string, cluster: ClusterId) {
    super(
      `Another instance has the transactional id ${transactionalId} on cluster ${cluster}, or the coordinator aborted a transaction that was open for longer than transactionTimeoutMs. Where this instance is the one that should go on, disconnect and connect it: that takes the id back.`,
    );
  }
}

/** The offsets belong to another cluster than the transaction. Nothing was sent, and the transaction can go on without them. */
export class OffsetsOfAnotherCluster extends Error {
  override readonly name = 'OffsetsOfAnotherCluster';
  readonly retriable = false;

  constructor(groupId: string, cluster: ClusterId, why: string) {
    super(
      `sendOffsets was refused: the transaction writes to cluster ${cluster}, and ${why}. Commit the transaction without the offsets of group ${groupId}, and then the offsets with the consumer's commitOffsets: at least once, until the group reads the cluster that is written to.`,
    );
  }
}

function said(why: AbortCause): string {
  switch (why.kind) {
    case 'fenced':
      return `topic ${why.topic} is fenced there, because a deployment replaces this cluster`;
    case 'taken-over':
      return 'another instance took over its transactional id, or it was open for longer than transactionTimeoutMs';
    case 'gone':
      return 'the cluster was deleted before it was committed';
    case 'failed':
      return why.error.message;
    case 'asked':
      return 'abort was called';
    case 'disconnected':
      return 'the producer was disconnected';
  }
}
