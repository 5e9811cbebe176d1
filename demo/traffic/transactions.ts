/**
 * A nightly job as it is often found: transactions on one topic, now and then one aborted, over before the flip. It leaves
 * commit and abort markers in blue's log, which hold offsets but no records.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { formatValue } from './identity.ts';
import type { Reporter } from './reporter.ts';

const INSTANCE = 'settlement-job';
const TRANSACTIONS = 6;
const RECORDS_EACH = 40;
const ABORT_EVERY = 3;
/** A coordinator finishes a transaction after it answered; one that follows at once only meets retries. */
const PAUSE_MS = 400;

export async function runTransactions(kafka: Kafka, topic: string, report: Reporter): Promise<void> {
  const producer = kafka.producer({ transactionalId: INSTANCE, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  try {
    for (let nth = 0; nth < TRANSACTIONS; nth += 1) {
      const abort = nth % ABORT_EVERY === ABORT_EVERY - 1;
      const rows = Array.from({ length: RECORDS_EACH }, (_, index) => ({
        key: `${topic}-${index % 4}`,
        sequence: nth * RECORDS_EACH + index,
      }));
      const transaction = await producer.transaction();
      await transaction.send({
        topic,
        messages: rows.map(({ key, sequence }) => ({ key, value: formatValue(INSTANCE, sequence, 100) })),
      });
      await (abort ? transaction.abort() : transaction.commit());
      for (const { key, sequence } of abort ? [] : rows) {
        report.produced();
        report.acknowledged(topic, key, INSTANCE, sequence);
      }
      await delay(PAUSE_MS);
    }
  } finally {
    await producer.disconnect();
  }
}
