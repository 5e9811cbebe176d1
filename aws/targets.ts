/**
 * What the load balancer thinks of its targets. An empty or short list is never "all healthy": a cluster has at least
 * three bootstrap brokers behind its load balancer.
 */
import {
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  TargetGroupNotFoundException,
} from '@aws-sdk/client-elastic-load-balancing-v2';

export const FEWEST_TARGETS = 3;

export interface Target {
  readonly id: string;
  readonly port: number | null;
  readonly health: TargetHealth;
}

export type TargetHealth =
  | { readonly kind: 'healthy' }
  /** `state` is the load balancer's word: initial, unhealthy, unused, draining, unavailable … */
  | { readonly kind: 'not-healthy'; readonly state: string; readonly reason: string };

export type TargetsVerdict =
  | { readonly kind: 'healthy'; readonly count: number }
  /** One sentence that names what is missing. */
  | { readonly kind: 'not-healthy'; readonly reason: string };

/** The health of every registered target of a target group; none while the group is not known (yet). */
export async function targetHealth(elb: ElasticLoadBalancingV2Client, targetGroupArn: string): Promise<Target[]> {
  const answer = await describe(elb, targetGroupArn);
  return (answer.TargetHealthDescriptions ?? []).map(({ Target, TargetHealth }) => ({
    id: Target?.Id ?? 'unknown',
    port: Target?.Port ?? null,
    health:
      TargetHealth?.State === 'healthy'
        ? { kind: 'healthy' }
        : {
            kind: 'not-healthy',
            state: TargetHealth?.State ?? 'unknown',
            reason: TargetHealth?.Description ?? TargetHealth?.Reason ?? 'no reason given',
          },
  }));
}

async function describe(elb: ElasticLoadBalancingV2Client, TargetGroupArn: string) {
  try {
    return await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
  } catch (error) {
    if (!(error instanceof TargetGroupNotFoundException)) throw error;
    return { TargetHealthDescriptions: [] };
  }
}

/** Whether the targets can carry clients: at least three registered, every one healthy. Pure. */
export function allHealthy(targets: readonly Target[]): TargetsVerdict {
  if (targets.length < FEWEST_TARGETS)
    return {
      kind: 'not-healthy',
      reason: `At least ${FEWEST_TARGETS} targets are expected behind the load balancer, ${targets.length} are registered.`,
    };
  const bad = targets.flatMap(({ id, health }) =>
    health.kind === 'healthy' ? [] : [`${id} is ${health.state} (${health.reason.replace(/\.$/, '')})`],
  );
  if (bad.length === 0) return { kind: 'healthy', count: targets.length };
  const more = bad.length > 3 ? `, and ${bad.length - 3} more` : '';
  return { kind: 'not-healthy', reason: `${bad.slice(0, 3).join(', ')}${more}.` };
}
