/** A status as the workflow answers it, for tests of what the demo does with it. */
import { PHASES } from '../../contract/phases.ts';
import type { PhaseStatus, Status } from '../../contract/status.ts';

const SINCE = '2026-11-21T10:00:00.000Z';

/** The run in `phase`, everything before it done. */
export function statusIn(phase: (typeof PHASES)[number], change: Partial<Status> = {}): Status {
  const at = PHASES.indexOf(phase);
  const cluster = { stack: 's', clusterId: null, version: null, mode: null };
  return {
    cluster: 'orders',
    deployment: '0123456789ab',
    workflowId: 'kafka-bluegreen-orders',
    runId: 'run',
    record: 'kafka.orders.example.com',
    requestedBy: 'ada',
    order: 'per-producer',
    stall: null,
    blue: cluster,
    green: cluster,
    phase,
    wayBack: null,
    ending: null,
    outcome: null,
    phases: PHASES.map(
      (name, index): PhaseStatus => ({
        phase: name,
        state: index < at ? 'done' : index === at ? 'running' : 'waiting',
        startedAt: index <= at ? SINCE : null,
        endedAt: index < at ? SINCE : null,
        detail: null,
        evidence: null,
      }),
    ),
    waitingFor: null,
    rollback: { possible: true, why: 'Writers go back to blue.' },
    attention: [],
    approvals: [],
    waivers: [],
    ignored: { count: 0, last: [] },
    ...change,
  };
}

/** The run at a gate. */
export function statusAt(gate: 'flip' | 'bake' | 'decommission'): Status {
  const phase = gate === 'flip' ? 'approval' : gate;
  return statusIn(phase, { waitingFor: { kind: 'gate', gate, since: SINCE, deadline: null, command: 'approve it' } });
}

/** The run in a hold. */
export function statusHeld(phase: 'drain' | 'release', reason: string, since = SINCE): Status {
  return statusIn(phase, { waitingFor: { kind: 'hold', phase, since, reason, command: 'resume it' } });
}
