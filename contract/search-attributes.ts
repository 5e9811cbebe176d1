/**
 * The three search attributes of a deployment. The worker registers them where it may and tells the workflow which exist:
 * an unregistered one would fail every workflow task.
 */
import { defineSearchAttributeKey } from '@temporalio/common';
import type { Finding } from './diagnosis.ts';

export const searchAttributeKeys = [
  { of: 'cluster', attribute: defineSearchAttributeKey('KafkaCluster', 'KEYWORD') },
  { of: 'phase', attribute: defineSearchAttributeKey('BlueGreenPhase', 'KEYWORD') },
  { of: 'waitingFor', attribute: defineSearchAttributeKey('BlueGreenWaitingFor', 'KEYWORD') },
] as const;

/** The doctor's word on them: which the namespace lacks, and how to make them. */
export function missingSearchAttributes(registered: readonly string[], namespace: string): Finding {
  const on = 'search attributes';
  const names = searchAttributeKeys.map(key => key.attribute.name);
  const missing = names.filter(name => !registered.includes(name));
  if (missing.length === 0) return { on, state: 'good', saw: `${names.join(', ')} are registered`, remedy: null };
  const commands = missing.map(
    name => `temporal operator search-attribute create --namespace ${namespace} --name ${name} --type Keyword`,
  );
  return {
    on,
    state: 'trouble',
    saw: `${missing.join(', ')} are missing: deployments cannot be listed by them.`,
    remedy: [...commands, RESTART].join('\n'),
  };
}

/** The worker looks once, at its start: a run must not change its mind on the way. */
const RESTART = 'Then restart every worker: each reads the list when it starts.';

/** Of a worker that started before they were made; null when it knows all of them. */
export function workersSearchAttributes(registered: readonly string[]): Finding | null {
  const missing = searchAttributeKeys.map(key => key.attribute.name).filter(name => !registered.includes(name));
  if (missing.length === 0) return null;
  return {
    on: "worker's search attributes",
    state: 'trouble',
    saw: `${missing.join(', ')} were missing when this worker started: it sets none of them.`,
    remedy: 'Once the namespace has them, restart every worker: each reads the list when it starts.',
  };
}
