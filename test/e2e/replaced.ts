import assert from 'node:assert/strict';
import type { Report } from '../../contract/report.ts';
import type { AuditedTraffic } from './audited.ts';
import { BLUE, type Operator } from './deployment.ts';
import type { Eyes } from './eyes.ts';

/** Has the auditor read blue to its end, approves its deletion, and answers with the report once blue is gone by proof. */
export async function blueReplaced(
  { operator, traffic, eyes }: { readonly operator: Operator; readonly traffic: AuditedTraffic; readonly eyes: Eyes },
  withinMs?: number,
): Promise<Report> {
  await operator.until(
    'the deletion waits for its approval',
    s => s.waitingFor?.kind === 'gate' && s.waitingFor.gate === 'decommission',
    withinMs,
  );
  await traffic.leave(BLUE);
  await operator.tell('approve', { gate: 'decommission' });
  const report = await operator.handle.result();
  assert.equal(report.outcome, 'deployed');
  assert.equal(report.ledger?.rows, report.ledger?.drained);
  assert.equal(await eyes.stackStatus(BLUE), 'absent');
  return report;
}
