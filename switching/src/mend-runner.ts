/**
 * kafkajs 2.2.x can freeze the whole process when a consumer leaves a cluster whose brokers go away. Its fetchers begin anew when the
 * brokers that it knows change; where it was stopped meanwhile, the new ones are told at once that nothing runs, and ask again in the same
 * turn, for ever. Here a fetch of a consumer that was stopped ends its fetcher. Those that were there when it was stopped ask no more.
 */
import Runner from 'kafkajs/src/consumer/runner.js';

class RunnerStopped extends Error {}

let isMended = false;

/** For all consumers of kafkajs in this process, once. */
export function mendRunner(): void {
  if (isMended) return;
  isMended = true;
  const { start } = Runner.prototype;
  Runner.prototype.start = function startMended(this: Runner): Promise<void> {
    const { fetchManager } = this;
    const fetch = this.fetch.bind(this);
    const fetchAll = fetchManager.start.bind(fetchManager);
    this.fetch = async nodeId => {
      if (!this.running) throw new RunnerStopped();
      return fetch(nodeId);
    };
    fetchManager.start = async () => {
      try {
        await fetchAll();
      } catch (error) {
        if (!(error instanceof RunnerStopped)) throw error;
      }
    };
    return start.call(this);
  };
}
