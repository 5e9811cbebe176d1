/**
 * Open transactions of the whole cluster: begun and not ended, or ended and their markers not yet written to every partition
 * (KIP-664). While there is one, a commit may still become visible.
 */
import { listTransactionsV0 } from '@platformatic/kafka';
import type { Cluster } from './cluster.ts';
import { askCoordinators } from './coordinators.ts';
import { troubleOfCode, wholeAnswer } from './errors.ts';

export interface OpenTransaction {
  readonly transactionalId: string;
  /** Decimal string. */
  readonly producerId: string;
  /** Kafka's own word: Ongoing, PrepareCommit, PrepareAbort, PrepareEpochFence. */
  readonly state: string;
}

export type OpenTransactions =
  | { readonly kind: 'seen'; readonly open: readonly OpenTransaction[] }
  /** Some coordinators could not be asked; `open` are those of the others. */
  | { readonly kind: 'unknown'; readonly open: readonly OpenTransaction[]; readonly reasons: readonly string[] };

const ENDED: readonly string[] = ['Empty', 'CompleteCommit', 'CompleteAbort', 'Dead'];

/** Every transaction that is not at its end, in order of transactional id. */
export async function openTransactions(cluster: Cluster): Promise<OpenTransactions> {
  const { answers, gaps } = await askCoordinators(cluster, '__transaction_state', async broker => {
    const connection = await cluster.connectionTo(broker);
    const answer = await wholeAnswer(listTransactionsV0.api.async(connection, [], [], -1n, null));
    if (answer.errorCode !== 0) throw troubleOfCode(`list the transactions of broker ${broker}`, answer.errorCode);
    return answer.transactionStates;
  });
  const open = answers
    .flat()
    .filter(t => !ENDED.includes(t.transactionState))
    .map(t => ({ transactionalId: t.transactionalId, producerId: String(t.producerId), state: t.transactionState }))
    .toSorted((a, b) => (a.transactionalId < b.transactionalId ? -1 : 1));
  return gaps.length === 0 ? { kind: 'seen', open } : { kind: 'unknown', open, reasons: gaps };
}
