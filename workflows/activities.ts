/**
 * How the workflow calls its activities. All of them heartbeat, and all wait until a cancelled one has really ended: the SDK's
 * effective default would let an undo start beside the step that it undoes.
 */
import {
  ActivityCancellationType,
  type ActivityOptions,
  proxyActivities,
  type RetryPolicy,
} from '@temporalio/workflow';
import type { Activities } from '../contract/activities.ts';

const common = {
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  // A worker that is gone is noticed after this long; steps beat every few seconds.
  heartbeatTimeout: '20s',
} satisfies ActivityOptions;

/** What trying again cannot mend, activities themselves mark as not retryable. */
const quickRetries: RetryPolicy = {
  initialInterval: '1s',
  backoffCoefficient: 2,
  maximumInterval: '30s',
};

/** Before the flip a step that does not come to an end fails the run, which is then undone. */
export const beforeFlip = proxyActivities<Activities>({
  ...common,
  startToCloseTimeout: '30m',
  scheduleToCloseTimeout: '1h',
  retry: quickRetries,
});

/** The wait for green: as long as the request allows. */
export const provisioning = (deadlineMs: number) =>
  proxyActivities<Activities>({
    ...common,
    startToCloseTimeout: deadlineMs + 60_000,
    scheduleToCloseTimeout: deadlineMs + 120_000,
    retry: quickRetries,
  });

/** From the flip on nothing gives up: a step is retried, or it holds; days are normal. */
export const fromFlip = proxyActivities<Activities>({
  ...common,
  startToCloseTimeout: '14 days',
  retry: quickRetries,
});
