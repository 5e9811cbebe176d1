/** The report of a run as its status has it, for tests of renderings. */
import type { Report } from '../../contract/report.ts';
import type { Status } from '../../contract/status.ts';

export function reportOf(status: Status): Report {
  return {
    ...status,
    startedAt: '2026-01-01T00:00:00Z',
    endedAt: '2026-01-01T00:03:00Z',
    stragglers: [],
    ledger: null,
    dns: [],
    stranded: null,
    evidence: {},
    history: { events: 203, bytes: 95_232 },
  };
}
