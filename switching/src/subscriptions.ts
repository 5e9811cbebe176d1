/** What kafkajs says of a subscription without asking a cluster, for the time in which there is none to ask. */
import kafkajs from 'kafkajs';
import type { Subscription } from './member.ts';

/** Throws kafkajs's errors for what names no topics. */
export function checkSubscription(subscription: Subscription): void {
  const { topic, topics } = subscription as { readonly topic?: unknown; readonly topics?: unknown };
  if (!topic && !topics) throw new kafkajs.KafkaJSNonRetriableError('Missing required argument "topics"');
  if (topics !== undefined && topics !== null && !Array.isArray(topics))
    throw new kafkajs.KafkaJSNonRetriableError('Argument "topics" must be an array');
  for (const named of Array.isArray(topics) ? (topics as unknown[]) : [topic])
    if (typeof named !== 'string' && !(named instanceof RegExp))
      throw new kafkajs.KafkaJSNonRetriableError(
        `Invalid topic ${String(named)} (${typeof named}), the topic name has to be a String or a RegExp`,
      );
}
