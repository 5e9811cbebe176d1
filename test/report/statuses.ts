/** A status as a run at the flip's gate has it, to be changed by tests. */
import { PHASES } from '../../contract/phases.ts';
import type { Status } from '../../contract/status.ts';

export const command =
  'temporal workflow update execute --workflow-id kafka-bluegreen-orders --name approve --input \'{"by":"YOU","gate":"flip"}\'';

export const atTheFlip: Status = {
  cluster: 'orders',
  deployment: '000000000001',
  workflowId: 'kafka-bluegreen-orders',
  runId: '01a1fd73-0cd5-7000-8000-000000000001',
  record: 'kafka.orders.example.com',
  requestedBy: 'ada',
  order: 'per-producer',
  stall: null,
  blue: { stack: 'kafka-orders-a', clusterId: 'a', version: '3.9.2', mode: 'zookeeper' },
  green: { stack: 'kafka-orders-b', clusterId: 'b', version: '4.3.1', mode: 'kraft' },
  phase: 'approval',
  outcome: null,
  phases: PHASES.map(phase => ({
    phase,
    state: 'waiting',
    startedAt: null,
    endedAt: null,
    detail: null,
    evidence: null,
  })),
  waitingFor: { kind: 'gate', gate: 'flip', since: '2026-01-01T00:00:00Z', deadline: null, command },
  rollback: { possible: true, why: 'Legal until the first group is released.' },
  attention: [],
  wayBack: null,
  ending: null,
  approvals: [],
  waivers: [],
  ignored: { count: 0, last: [] },
};
