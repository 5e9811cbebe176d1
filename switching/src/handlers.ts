/**
 * The application's handlers as kafkajs is given them. kafkajs marks a whole batch as done when `eachBatch` returns, also where
 * it broke off because the consumer stops; a switch stops consumers at any time, so here a batch is only marked when its handler
 * was not told to break off.
 */
import type { ConsumerRunConfig, EachBatchPayload } from 'kafkajs';
import type { PauseRequest } from './pauses.ts';

/** What surrounds every call of a handler. */
export interface Surroundings {
  /** Runs the handler, or refuses where this consumer has left its cluster. */
  enter(handler: () => Promise<void>): Promise<void>;
  pause(requests: PauseRequest[]): void;
  resume(requests: PauseRequest[]): void;
  /** The handler is about to be given records of a partition, up to this offset. */
  delivered(topic: string, partition: number, offset: string): void;
  /** So many more messages are done. */
  handled(messages: number): void;
}

export function surround(config: ConsumerRunConfig, around: Surroundings): ConsumerRunConfig {
  const { eachMessage, eachBatch, eachBatchAutoResolve = true } = config;
  const pauseOf = (topic: string, partition: number) => () => {
    around.pause([{ topic, partitions: [partition] }]);
    return () => around.resume([{ topic, partitions: [partition] }]);
  };
  return {
    ...config,
    eachBatchAutoResolve: false,
    ...(eachMessage && {
      eachMessage: payload =>
        around.enter(async () => {
          around.delivered(payload.topic, payload.partition, payload.message.offset);
          await eachMessage({ ...payload, pause: pauseOf(payload.topic, payload.partition) });
          around.handled(1);
        }),
    }),
    ...(eachBatch && {
      eachBatch: payload =>
        around.enter(async () => {
          around.delivered(payload.batch.topic, payload.batch.partition, payload.batch.lastOffset());
          const watched = watch({ ...payload, pause: pauseOf(payload.batch.topic, payload.batch.partition) });
          try {
            await eachBatch(watched.payload);
            if (eachBatchAutoResolve && !watched.toldToBreakOff())
              watched.payload.resolveOffset(payload.batch.lastOffset());
          } finally {
            around.handled(watched.done());
          }
        }),
    }),
  };
}

/** The payload, and what the handler did with it. */
function watch(payload: EachBatchPayload) {
  let brokenOff = false;
  let resolved = -1n;
  return {
    payload: {
      ...payload,
      isRunning: () => {
        const running = payload.isRunning();
        brokenOff ||= !running;
        return running;
      },
      isStale: () => {
        const stale = payload.isStale();
        brokenOff ||= stale;
        return stale;
      },
      resolveOffset: (offset: string) => {
        payload.resolveOffset(offset);
        if (BigInt(offset) > resolved) resolved = BigInt(offset);
      },
    },
    toldToBreakOff: () => brokenOff,
    done: () => payload.batch.messages.filter(({ offset }) => BigInt(offset) <= resolved).length,
  };
}
