import { activityInfo } from '@temporalio/activity';

/**
 * When the step began, over all its attempts: deadlines must not start anew because a worker was restarted. Carried in the
 * heartbeat's details as `begun` (milliseconds since 1970), and otherwise the time of the first schedule.
 */
export function firstBegun(): number {
  const info = activityInfo();
  const details: unknown = info.heartbeatDetails;
  const carried = typeof details === 'object' && details !== null && 'begun' in details ? details.begun : null;
  return typeof carried === 'number' ? carried : info.scheduledTimestampMs;
}
