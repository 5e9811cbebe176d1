/**
 * When a cluster that was left may be taken for gone, so that a batch it never answered goes to the next one and may be stored
 * twice: when the deployment is over and the signpost gives no address of it any more, if it is silent; or after the
 * application's own deadline. Not while a signpost asks writers to hold, which may lead back to it, and not while it is written to.
 */
import type { ClusterId } from './signpost.ts';
import type { Standing } from './watcher.ts';

export interface Left {
  readonly clusterId: ClusterId;
  readonly forMs: number;
  /** The application's; null for none. */
  readonly deadlineMs: number | null;
}

export function mayBeGone(
  standing: Standing | null,
  { clusterId, forMs, deadlineMs }: Left,
): 'yes' | 'if-silent' | 'no' {
  if (standing?.kind !== 'signpost') return 'no';
  const { by, write, addresses } = standing.signpost;
  if (write.kind === 'hold' || write.id === clusterId) return 'no';
  if (deadlineMs !== null && forMs >= deadlineMs) return 'yes';
  return by === null && !addresses.has(clusterId) ? 'if-silent' : 'no';
}
