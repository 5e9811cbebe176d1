/** What a deployment may change around blue, as it stands: the record with its TTL, the signpost, topic configs, green's stack. */
import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { ListResourceRecordSetsCommand, type ResourceRecordSet } from '@aws-sdk/client-route-53';
import { Admin, ConfigResourceTypes, ConfigSources } from '@platformatic/kafka';
import { closeAws, localAws } from '../local/aws-clients.ts';
import type { LocalStack } from '../local/stack.ts';
import { resolveBootstrap } from './names.ts';
import { GREEN, RECORD } from './request.ts';

export type TopicConfigs = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Surroundings {
  readonly record: ResourceRecordSet | null;
  /** The signpost's keys and values, read as its public description says; null when there is none. */
  readonly signpost: Readonly<Record<string, string>> | null;
  /** What is set on each topic of blue itself. */
  readonly configs: TopicConfigs;
  /** The status of green's stack, `absent` when there is none. */
  readonly green: string;
}

/** `blue` is its load balancer as name:port. */
export async function lookAround(local: LocalStack, blue: string): Promise<Surroundings> {
  const aws = localAws(local.awsEndpoint);
  try {
    const listed = await aws.route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: local.zone.id }));
    const named = (name: string, type: string) =>
      listed.ResourceRecordSets?.find(set => set.Name === `${name}.` && set.Type === type) ?? null;
    return {
      record: named(RECORD, 'CNAME'),
      signpost: signpostOf(named(`_bluegreen.${RECORD}`, 'TXT')),
      configs: await topicConfigs(local, blue),
      green: await stackStatus(aws.cloudFormation),
    };
  } finally {
    closeAws(aws);
  }
}

function signpostOf(set: ResourceRecordSet | null): Surroundings['signpost'] {
  const value = set?.ResourceRecords?.[0]?.Value;
  if (value === undefined) return null;
  const text = [...value.matchAll(/"([^"]*)"/g)].map(([, part]) => part).join('');
  return Object.fromEntries(
    text.split(' ').map((pair): [string, string] => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

async function stackStatus(cloudFormation: ReturnType<typeof localAws>['cloudFormation']): Promise<string> {
  try {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: GREEN.stack }));
    return Stacks?.[0]?.StackStatus ?? 'absent';
  } catch (error) {
    if (error instanceof Error && error.message.includes('does not exist')) return 'absent';
    throw error;
  }
}

async function topicConfigs(local: LocalStack, blue: string): Promise<TopicConfigs> {
  const bootstrapBrokers = (await resolveBootstrap(blue, local.dns.resolver)).map(
    ({ host, port }) => `${host}:${port}`,
  );
  const admin = new Admin({ clientId: 'demo-owner', bootstrapBrokers, retries: 8, retryDelay: 250 });
  try {
    const names = (await admin.listTopics({ includeInternals: false })).toSorted();
    const resources = names.map(resourceName => ({ resourceType: ConfigResourceTypes.TOPIC, resourceName }));
    const described = await admin.describeConfigs({ resources, includeSynonyms: false });
    return Object.fromEntries(
      described.map(({ resourceName, configs }) => [
        resourceName,
        Object.fromEntries(
          configs
            .filter(({ configSource }) => configSource === ConfigSources.TOPIC_CONFIG)
            .map(({ name, value }) => [name, value ?? '']),
        ),
      ]),
    );
  } finally {
    await admin.close();
  }
}
