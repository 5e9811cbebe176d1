/** Creates the demo's topics on the cluster in service, three replicas each, as their owners would have. */
import { Admin } from '@platformatic/kafka';
import { TOPICS } from './shapes.ts';

const REPLICAS = 3;

export async function createTopics(bootstrap: string): Promise<void> {
  const admin = new Admin({ clientId: 'demo-owner', bootstrapBrokers: [bootstrap], retries: 8, retryDelay: 250 });
  try {
    for (const { topic, partitions, configs } of TOPICS)
      await admin.createTopics({
        topics: [topic],
        partitions,
        replicas: REPLICAS,
        configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
      });
  } finally {
    await admin.close();
  }
}
