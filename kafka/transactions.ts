/**
 * Open transactions of the whole cluster: begun and not ended, or ended and their markers not yet written to every partition
 * (KIP-664). While there is one, a commit may still become visible.
 */
import { describeTransactionsV0, listTransactionsV0 } from '@platformatic/kafka';
import { chunks } from './chunks.ts';
import type { Cluster } from './cluster.ts';
import { askCoordinators } from './coordinators.ts';
import { troubleOfCode, wholeAnswer } from './errors.ts';

export interface OpenTransaction {
  readonly transactionalId: string;
  /** Decimal string. */
  readonly producerId: string;
  /** Kafka's own word: Ongoing, PrepareCommit, PrepareAbort, PrepareEpochFence. */
  readonly state: string;
  /** The topics it has written to so far; null where its coordinator did not tell. */
  readonly topics: readonly string[] | null;
}

export type OpenTransactions =
  | { readonly kind: 'seen'; readonly open: readonly OpenTransaction[] }
  /** Some coordinators could not be asked; `open` are those of the others. */
  | { readonly kind: 'unknown'; readonly open: readonly OpenTransaction[]; readonly reasons: readonly string[] };

const IDS_PER_REQUEST = 500;
const ENDED: readonly string[] = ['Empty', 'CompleteCommit', 'CompleteAbort', 'Dead'];

/** Every transaction that is not at its end, in order of transactional id. */
export async function openTransactions(cluster: Cluster): Promise<OpenTransactions> {
  const { answers, gaps } = await askCoordinators(cluster, '__transaction_state', async broker => {
    const connection = await cluster.connectionTo(broker);
    const answer = await wholeAnswer(listTransactionsV0.api.async(connection, [], [], -1n, null));
    if (answer.errorCode !== 0) throw troubleOfCode(`list the transactions of broker ${broker}`, answer.errorCode);
    const open = answer.transactionStates.filter(t => !ENDED.includes(t.transactionState));
    const topics = new Map<string, readonly string[]>();
    for (const ids of chunks(
      open.map(t => t.transactionalId),
      IDS_PER_REQUEST,
    )) {
      const described = await wholeAnswer(describeTransactionsV0.api.async(connection, [...ids]));
      for (const t of described.transactionStates)
        if (t.errorCode === 0 && !ENDED.includes(t.transactionState))
          topics.set(
            t.transactionalId,
            t.topics.map(({ topic }) => topic),
          );
    }
    return open.map(t => ({
      transactionalId: t.transactionalId,
      producerId: String(t.producerId),
      state: t.transactionState,
      topics: topics.get(t.transactionalId) ?? null,
    }));
  });
  const open = answers.flat().toSorted((a, b) => (a.transactionalId < b.transactionalId ? -1 : 1));
  return gaps.length === 0 ? { kind: 'seen', open } : { kind: 'unknown', open, reasons: gaps };
}
