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
} as const;
export type FailureType = (typeof FailureType)[keyof typeof FailureType];
