/**
 * A nightly job as it is often found: transactions on one topic, now and then one aborted, over before the flip. It leaves
 * commit and abort markers in blue's log, which hold offsets but no records.
 */
import type { Kafka } from 'kafkajs';
import { formatValue } from './identity.ts';
import type { Reporter } from './reporter.ts';
import { TRANSACTIONAL_TOPIC as topic } from './shapes.ts';

const INSTANCE = 'settlement-job';
const TRANSACTIONS = 12;
const RECORDS_EACH = 20;
const ABORT_EVERY = 4;

export async function runTransactions(kafka: Kafka, report: Reporter): Promise<void> {
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
      if (abort) {
        await transaction.abort();
        continue;
      }
      await transaction.commit();
      for (const { key, sequence } of rows) {
        report.produced();
        report.acknowledged(topic, key, INSTANCE, sequence);
      }
    }
  } finally {
    await producer.disconnect();
  }
}
