/** One client, flooded and paced as the bench asks. */
import { answerQuestions, taskOf } from './answering.ts';
import type { NodeClient } from './clients.ts';
import { contestant } from './contestant.ts';
import { flood, pace } from './flood.ts';
import type { Names } from './names.ts';

export interface SteadyTask {
  readonly client: NodeClient;
  readonly names: Names;
}

interface Load {
  readonly topic: string;
  readonly messageBytes: number;
  readonly durationMs: number;
}

/** `flood` is answered with messages per second, `pace` with the 99th percentile in milliseconds. */
export type SteadyQuestion =
  | ({ readonly kind: 'flood' } & Load)
  | ({ readonly kind: 'pace'; readonly perSecond: number } & Load);

const { client, names } = taskOf() as SteadyTask;
const producer = contestant(client, names);
const connected = producer.connect();

answerQuestions(
  async asked => {
    const question = asked as SteadyQuestion;
    await connected;
    const { topic, messageBytes, durationMs } = question;
    if (question.kind === 'flood') return flood(producer, topic, messageBytes, durationMs);
    return pace(producer, topic, messageBytes, { perSecond: question.perSecond, durationMs });
  },
  () => producer.disconnect(),
);
