/**
 * The three search attributes of a deployment. The worker registers them where it may and tells the workflow which exist:
 * an unregistered one would fail every workflow task.
 */
import { defineSearchAttributeKey } from '@temporalio/common';

export const searchAttributeKeys = [
  { of: 'cluster', attribute: defineSearchAttributeKey('KafkaCluster', 'KEYWORD') },
  { of: 'phase', attribute: defineSearchAttributeKey('BlueGreenPhase', 'KEYWORD') },
  { of: 'waitingFor', attribute: defineSearchAttributeKey('BlueGreenWaitingFor', 'KEYWORD') },
] as const;
