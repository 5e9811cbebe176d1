/**
 * Topic configs as the cluster answers them: one DescribeConfigs for many topics, from any broker or from one.
 * On ZooKeeper a broker answers from the ensemble, on KRaft from what it has itself taken in.
 */
import { ConfigResourceTypes, ConfigSources, describeConfigsV4 } from '@platformatic/kafka';
import type { ConfigFacts } from '../contract/inventory.ts';
import { chunks } from './chunks.ts';
import type { Cluster } from './cluster.ts';
import { errorName, troubleOfCode, wholeAnswer } from './errors.ts';
import { patiently } from './retry.ts';

export type TopicConfigs = Readonly<Record<string, ConfigFacts>>;

const TOPICS_PER_REQUEST = 200;

/**
 * The configs of each topic by name; a topic that does not exist has no entry. `keys` null reads all keys.
 * `brokerId` asks this broker, else any.
 */
export async function readTopicConfigs(
  cluster: Cluster,
  topics: readonly string[],
  keys: readonly string[] | null,
  o: { readonly brokerId?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<Map<string, TopicConfigs>> {
  const found = new Map<string, TopicConfigs>();
  for (const part of chunks(topics, TOPICS_PER_REQUEST)) {
    const what = `read the configs of ${part.length} topics${o.brokerId === undefined ? '' : ` from broker ${o.brokerId}`}`;
    await patiently(
      what,
      async () => {
        for (const result of await describe(cluster, ConfigResourceTypes.TOPIC, part, keys, o.brokerId)) {
          const error = errorName(result.errorCode);
          if (error === 'NONE') found.set(result.resourceName, readConfigs(result.configs));
          else if (error !== 'UNKNOWN_TOPIC_OR_PARTITION')
            throw troubleOfCode(
              `read the configs of topic ${result.resourceName}`,
              result.errorCode,
              result.errorMessage,
            );
        }
      },
      o,
    );
  }
  return found;
}

/** The configs a broker runs with (`keys` null: all). */
export async function readBrokerConfigs(
  cluster: Cluster,
  brokerId: number,
  keys: readonly string[] | null,
  o: { readonly signal?: AbortSignal | undefined } = {},
): Promise<TopicConfigs> {
  const what = `read the configs of broker ${brokerId}`;
  return patiently(
    what,
    async () => {
      const [result] = await describe(cluster, ConfigResourceTypes.BROKER, [String(brokerId)], keys, brokerId);
      if (result === undefined) return {};
      if (result.errorCode !== 0) throw troubleOfCode(what, result.errorCode, result.errorMessage);
      return readConfigs(result.configs);
    },
    o,
  );
}

type Described = describeConfigsV4.DescribeConfigsResponse['results'][number];

async function describe(
  cluster: Cluster,
  resourceType: 2 | 4,
  names: readonly string[],
  keys: readonly string[] | null,
  brokerId: number | undefined,
): Promise<readonly Described[]> {
  const connection = brokerId === undefined ? await cluster.anyConnection() : await cluster.connectionTo(brokerId);
  const resources = names.map(resourceName => ({
    resourceType,
    resourceName,
    configurationKeys: keys === null ? null : [...keys],
  }));
  return (await wholeAnswer(describeConfigsV4.api.async(connection, resources, false, false))).results;
}

function readConfigs(configs: Described['configs']): TopicConfigs {
  return Object.fromEntries(
    configs.map(config => [config.name, { value: config.value ?? null, source: sourceOf(config.configSource) }]),
  );
}

function sourceOf(source: number): ConfigFacts['source'] {
  switch (source) {
    case ConfigSources.TOPIC_CONFIG:
      return 'topic';
    case ConfigSources.DYNAMIC_BROKER_CONFIG:
    case ConfigSources.DYNAMIC_DEFAULT_BROKER_CONFIG:
    case ConfigSources.STATIC_BROKER_CONFIG:
      return 'broker';
    case ConfigSources.DEFAULT_CONFIG:
      return 'default';
    default:
      return 'other';
  }
}
