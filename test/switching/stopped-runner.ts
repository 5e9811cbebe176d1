/**
 * kafkajs's own runner, stopped while one of its brokers goes away: one fetcher has seen it and waits for the other, whose answer comes only
 * after the stop. Prints `stopped`.
 */
import Runner from 'kafkajs/src/consumer/runner.js';
import loggers from 'kafkajs/src/loggers/index.js';
import { mendRunner } from '../../switching/src/mend-runner.ts';

mendRunner();

let brokers = ['1', '2'];
const slow = Promise.withResolvers<readonly unknown[]>();
const asked = Promise.withResolvers<void>();
const runner = new Runner({
  logger: loggers.createLogger({ level: 0, logCreator: () => () => undefined }),
  instrumentationEmitter: { emit: () => undefined },
  concurrency: 1,
  onCrash: error => {
    throw error;
  },
  consumerGroup: {
    connect: async () => {},
    joinAndSync: async () => {},
    leave: async () => {},
    heartbeat: async () => {},
    getNodeIds: () => brokers,
    fetch: async (nodeId: string) => {
      if (nodeId !== '2') return [];
      asked.resolve();
      return slow.promise;
    },
  },
});
await runner.start();
await asked.promise;
brokers = ['1'];
await new Promise(resolve => setImmediate(resolve));
const stopped = runner.stop();
slow.resolve([]);
await stopped;
process.stdout.write('stopped');
