/** Where a topic is known: creation and deletion reach brokers one by one, and what one has not heard of yet it refuses. */
import type { Cluster } from './cluster.ts';
import { hiddenTopic } from './rights.ts';

export type Presence = 'led' | 'leaderless' | 'absent';

/** What each broker says of the topic now, in order of broker id; `led`: each of its partitions has a leader. */
export async function presenceOnBrokers(cluster: Cluster, topic: string): Promise<Presence[]> {
  const brokers = await cluster.brokers();
  return Promise.all(
    brokers.map(async ({ id }) => {
      const [seen] = (await cluster.metadataOf(id, [topic])).topics;
      if (seen?.error === 'TOPIC_AUTHORIZATION_FAILED') throw hiddenTopic(topic);
      const partitions = seen?.partitions ?? [];
      if (partitions.length === 0) return 'absent';
      return partitions.some(p => p.leader === null) ? 'leaderless' : 'led';
    }),
  );
}
