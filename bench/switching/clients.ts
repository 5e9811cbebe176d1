/** Whose producers are measured. */

/** Those that this process's own language has; each runs in a process of its own. */
export const NODE_CLIENTS = [
  'kafka-bluegreen',
  'kafkajs',
  'kafka-bluegreen-batch',
  'kafkajs-batch',
  'platformatic',
] as const;

export type NodeClient = (typeof NODE_CLIENTS)[number];
export type SteadyClient = NodeClient | 'java';
export type FlipClient = 'kafka-bluegreen' | 'timer' | 'kafkajs' | 'java';

/** How each is used, as the page tells it. */
export const uses: Readonly<Record<SteadyClient | FlipClient, string>> = {
  'kafka-bluegreen': '`send` of one message, 10,000 of them unanswered at a time',
  'kafka-bluegreen-batch': '`send` of 2,000 messages gathered by hand, eight of them unanswered at a time',
  kafkajs: '`send` of one message, 200 of them unanswered at a time',
  'kafkajs-batch': '`sendBatch` of 2,000 messages gathered by hand, two of them unanswered at a time',
  platformatic: '`send` of 2,000 messages gathered by hand, two of them unanswered at a time',
  java: "Kafka's own ProducerPerformance, without keys: the limit",
  timer: 'kafkajs, replaced by a new client every so often and the old one dropped, as published',
};
