/** Creates the applications' topics on the cluster in service, three replicas each, as their owners would have. */
import { Admin } from '@platformatic/kafka';
import type { Applications } from './shapes.ts';

const REPLICAS = 3;

export async function createTopics(bootstrap: string, { topics }: Applications): Promise<void> {
  const admin = new Admin({ clientId: 'demo-owner', bootstrapBrokers: [bootstrap], retries: 8, retryDelay: 250 });
  try {
    for (const { topic, partitions, configs } of topics)
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
