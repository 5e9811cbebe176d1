/** What running steps said last, from Temporal itself: their heartbeats are no part of the workflow's history. */

import type { WorkflowExecutionDescription } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { LiveStep } from '../report/status-text.ts';

export function liveSteps({ raw }: Pick<WorkflowExecutionDescription, 'raw'>): LiveStep[] {
  return (raw.pendingActivities ?? []).map(activity => {
    const [payload] = activity.heartbeatDetails?.payloads ?? [];
    return {
      step: activity.activityType?.name ?? 'unknown',
      attempt: activity.attempt ?? 1,
      lastFailure: activity.lastFailure?.message ?? null,
      details: payload === undefined || payload === null ? null : defaultPayloadConverter.fromPayload(payload),
    };
  });
}
