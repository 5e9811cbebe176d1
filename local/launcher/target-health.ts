/**
 * A target's health from the results of its checks, with the states, reasons and thresholds of a Network Load Balancer:
 * initial until the first success, unhealthy after two failures in a row, healthy again after one success.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
 */
const FAILURES_UNTIL_UNHEALTHY = 2;

export type Health =
  | { readonly kind: 'initial' }
  | { readonly kind: 'healthy'; readonly failures: number }
  | { readonly kind: 'unhealthy' };

export function afterCheck(health: Health, accepted: boolean): Health {
  if (accepted) return { kind: 'healthy', failures: 0 };
  if (health.kind !== 'healthy') return health;
  const failures = health.failures + 1;
  return failures >= FAILURES_UNTIL_UNHEALTHY ? { kind: 'unhealthy' } : { kind: 'healthy', failures };
}

/** As DescribeTargetHealth says it. */
export function described(health: Health): { State: string; Reason?: string; Description?: string } {
  switch (health.kind) {
    case 'initial':
      return {
        State: 'initial',
        Reason: 'Elb.InitialHealthChecking',
        Description: 'Initial health checks in progress',
      };
    case 'healthy':
      return { State: 'healthy' };
    case 'unhealthy':
      return { State: 'unhealthy', Reason: 'Target.FailedHealthChecks', Description: 'Health checks failed' };
  }
}
