/**
 * Why a stack failed, from its events: the resource that failed first. What fails after it was mostly cancelled because
 * of it. Pure. CloudFormation lists events newest first (DescribeStackEvents).
 */
import type { StackEvent } from '@aws-sdk/client-cloudformation';

export interface FirstFailure {
  readonly logicalId: string;
  readonly resourceType: string;
  /** CloudFormation's own words. */
  readonly reason: string;
  /** One sentence that names stack, resource and reason. */
  readonly sentence: string;
}

type Operation = 'CREATE' | 'DELETE';

/** The first failing resource of the stack's latest creation or deletion, or null when no resource failed in it. */
export function firstFailure(events: readonly StackEvent[], operation: Operation): FirstFailure | null {
  const failures = latestRun(events, operation)
    .filter(event => !isStackItself(event) && event.ResourceStatus === `${operation}_FAILED`)
    .map(event => ({ event, reason: (event.ResourceStatusReason ?? '').trim() }));
  const first = failures.find(({ reason }) => !/^Resource (creation|deletion) cancelled/i.test(reason)) ?? failures[0];
  if (first === undefined) return null;
  const logicalId = first.event.LogicalResourceId ?? 'unknown';
  const resourceType = first.event.ResourceType ?? 'unknown type';
  const reason = first.reason === '' ? 'no reason was given' : first.reason;
  const verb = operation === 'CREATE' ? 'created' : 'deleted';
  const sentence =
    `Stack ${first.event.StackName ?? ''}: ${logicalId} (${resourceType}) could not be ${verb}: ` +
    `${oneLine(reason).replace(/[.\s]+$/, '')}.`;
  return { logicalId, resourceType, reason, sentence };
}

/** The resources whose creation has begun and not ended, oldest first: what a stack that takes long waits for. */
export function unfinished(events: readonly StackEvent[]): string[] {
  const newest = new Map<string, StackEvent>();
  for (const event of latestRun(events, 'CREATE'))
    if (!isStackItself(event)) newest.set(event.LogicalResourceId ?? 'unknown', event);
  return [...newest]
    .filter(([, event]) => event.ResourceStatus === 'CREATE_IN_PROGRESS')
    .map(([logicalId, event]) => `${logicalId} (${event.ResourceType ?? 'unknown type'})`)
    .slice(0, 5);
}

/** The newest event of the stack itself with this status, or null: tells one failed deletion from the next. */
export function latestStackEventId(events: readonly StackEvent[], status: string): string | null {
  return events.find(event => isStackItself(event) && event.ResourceStatus === status)?.EventId ?? null;
}

/** Oldest first, from the newest start of the operation on. */
function latestRun(newestFirst: readonly StackEvent[], operation: Operation): StackEvent[] {
  const start = newestFirst.findIndex(
    event => isStackItself(event) && event.ResourceStatus === `${operation}_IN_PROGRESS`,
  );
  return (start === -1 ? newestFirst : newestFirst.slice(0, start)).toReversed();
}

function isStackItself(event: StackEvent): boolean {
  return event.StackId !== undefined && event.PhysicalResourceId === event.StackId;
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 400 ? `${line.slice(0, 400)}…` : line;
}
