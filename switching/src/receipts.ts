/** Gathers what became of the records of one `send` into kafkajs's answer: per topic and partition, where its first record is. */
import type { CompressionTypes, RecordMetadata, TopicMessages } from 'kafkajs';
import type { Arrival } from './intake.ts';
import type { StoredBatch } from './wire.ts';

/** Resolves when every record is stored; rejects with the first error when every one is stored or failed. */
export function collectReceipts(
  topicMessages: readonly TopicMessages[],
  compression: CompressionTypes,
  arrive: (topic: string, arrivals: readonly Arrival[]) => void,
): Promise<RecordMetadata[]> {
  return new Promise((resolve, reject) => {
    const receipts = new Map<string, RecordMetadata>();
    const failures: Error[] = [];
    let open = topicMessages.reduce((sum, { messages }) => sum + messages.length, 0);
    const ended = (): void => {
      open -= 1;
      if (open > 0) return;
      const [failure] = failures;
      if (failure === undefined) resolve([...receipts.values()]);
      else reject(failure);
    };
    if (open === 0) resolve([]);
    const failed = (error: Error): void => {
      failures.push(error);
      ended();
    };
    for (const { topic, messages } of topicMessages) {
      const stored = (partition: number) => (batch: StoredBatch, position: number) => {
        const name = `${topic} ${partition}`;
        if (!receipts.has(name)) receipts.set(name, receiptOf(topic, partition, batch, position));
        ended();
      };
      arrive(
        topic,
        messages.map(message => ({ message, compression, stored, failed })),
      );
    }
  });
}

function receiptOf(topicName: string, partition: number, batch: StoredBatch, position: number): RecordMetadata {
  const { baseOffset, logAppendTime, logStartOffset } = batch;
  return {
    topicName,
    partition,
    errorCode: 0,
    baseOffset: baseOffset === '-1' ? baseOffset : String(BigInt(baseOffset) + BigInt(position)),
    ...(logAppendTime === undefined ? {} : { logAppendTime }),
    ...(logStartOffset === undefined ? {} : { logStartOffset }),
  };
}
