/** The outputs of a cluster's stack that a deployment needs; one that is missing is named, never guessed. Pure. */
import type { Problem } from '../contract/problem.ts';

export interface ClusterOutputs {
  /** `host:port` of the load balancer. */
  readonly bootstrapServers: string;
  readonly bootstrapDnsName: string;
  readonly bootstrapHostedZoneId: string;
  readonly targetGroupArn: string;
  readonly brokerCount: number;
}

export type OutputsRead =
  | { readonly kind: 'outputs'; readonly outputs: ClusterOutputs }
  | { readonly kind: 'incomplete'; readonly problems: readonly Problem[] };

const needed = [
  'BootstrapServers',
  'BootstrapDnsName',
  'BootstrapHostedZoneId',
  'TargetGroupArn',
  'BrokerCount',
] as const;

/** Reads the outputs of the stack of this name. */
export function readClusterOutputs(stack: string, outputs: Readonly<Record<string, string>>): OutputsRead {
  const value = (name: (typeof needed)[number]) => outputs[name]?.trim() ?? '';
  const problems: Problem[] = needed
    .filter(name => value(name) === '')
    .map(name => ({
      on: `stack ${stack}`,
      problem: `has no output ${name}.`,
      remedy: `Add the output ${name} to its template, as in cloudformation/kafka-cluster.yaml, and update the stack.`,
    }));
  const count = value('BrokerCount');
  if (count !== '' && !/^[1-9]\d{0,4}$/.test(count))
    problems.push({
      on: `stack ${stack}`,
      problem: `has the output BrokerCount "${count}", which is no number of brokers.`,
      remedy: 'Let it give the number of brokers.',
    });
  if (problems.length > 0) return { kind: 'incomplete', problems };
  return {
    kind: 'outputs',
    outputs: {
      bootstrapServers: value('BootstrapServers'),
      bootstrapDnsName: value('BootstrapDnsName'),
      bootstrapHostedZoneId: value('BootstrapHostedZoneId'),
      targetGroupArn: value('TargetGroupArn'),
      brokerCount: Number(count),
    },
  };
}
