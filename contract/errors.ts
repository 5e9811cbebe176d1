/**
 * Stable failure types: what CI and callers may match on. Messages are sentences for people and may change.
 */
export const FailureType = {
  /** The request itself cannot be read, or contradicts itself. */
  InvalidInput: 'InvalidInput',
  /** Preflight found something that must be mended first. */
  PreflightRefused: 'PreflightRefused',
  /** Nobody approved the flip in time; everything was undone. */
  ApprovalExpired: 'ApprovalExpired',
  /** A step before the flip failed for good; everything was undone. */
  DeploymentFailed: 'DeploymentFailed',
  /** An undo could not be finished; what is left is named. */
  UndoIncomplete: 'UndoIncomplete',
  /** After the flip: something needs a person. The workflow holds; it does not fail. */
  Hold: 'Hold',
  /** Waiting for AWS, DNS or Kafka; retried. */
  NotYet: 'NotYet',
} as const;
export type FailureType = (typeof FailureType)[keyof typeof FailureType];
