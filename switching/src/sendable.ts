/** What kafkajs refuses before it sends anything is refused here in the same way, and so is what no broker could be sent. */
import kafkajs, { type Message, type TopicMessages } from 'kafkajs';

const { KafkaJSNonRetriableError } = kafkajs;

/** Throws kafkajs's KafkaJSNonRetriableError. */
export function refuseUnsendable(topicMessages: readonly TopicMessages[]): void {
  for (const { topic, messages } of topicMessages) {
    if (typeof topic !== 'string' || topic === '') throw new KafkaJSNonRetriableError('Invalid topic');
    if (!Array.isArray(messages)) {
      throw new KafkaJSNonRetriableError(`Invalid messages array [${String(messages)}] for topic "${topic}"`);
    }
    for (const message of messages) {
      const wrong = wrongIn(message);
      if (wrong !== null) throw new KafkaJSNonRetriableError(`Invalid message ${wrong} for topic "${topic}"`);
    }
  }
}

function wrongIn({ key, value, headers, timestamp }: Message): string | null {
  if (value === undefined) return 'without value';
  if (!isBytes(value)) return 'whose value is neither string nor Buffer nor null';
  if (key !== undefined && !isBytes(key)) return 'whose key is neither string nor Buffer nor null';
  if (timestamp !== undefined && !/^-?\d{1,15}$/.test(timestamp)) {
    return 'whose timestamp is no whole number of milliseconds';
  }
  if (headers === undefined) return null;
  for (const [name, values] of Object.entries(headers)) {
    if (![values].flat().every(one => one !== null && isBytes(one))) {
      return `whose header "${name}" is neither string nor Buffer`;
    }
  }
  return null;
}

function isBytes(part: unknown): part is Buffer | string | null {
  return part === null || typeof part === 'string' || part instanceof Uint8Array;
}
