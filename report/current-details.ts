/**
 * The run's "Current Details" as Markdown: a headline, the phases, what it waits for and the command to send. Read raw by
 * `temporal workflow metadata` as well, so lists only, and well under 2 KB of text a person reads.
 */
import type { Status } from '../contract/status.ts';

const marks = { waiting: '·', running: '▶', done: '✓', skipped: '–', failed: '✗' } as const;

/** At most 20,000 bytes, Temporal's limit for details. */
export function renderCurrentDetails(status: Status): string {
  const lines = [headline(status), ''];
  for (const phase of status.phases)
    lines.push(`- ${marks[phase.state]} ${phase.phase}${phase.detail === null ? '' : `: ${phase.detail}`}`);
  if (status.waitingFor !== null)
    lines.push('', waiting(status.waitingFor), '', '```', status.waitingFor.command, '```');
  if (status.attention.length > 0) lines.push('', ...status.attention.map(line => `- ⚠ ${line}`));
  if (status.ignored.count > 0) {
    const last = status.ignored.last.at(-1);
    lines.push('', `- ${status.ignored.count} messages ignored; the last: ${last?.message ?? ''}: ${last?.why ?? ''}`);
  }
  return lines.join('\n').slice(0, 6_000);
}

function headline(status: Status): string {
  const version = (c: Status['blue']) => (c.version === null ? c.stack : `${c.stack} (${c.version}, ${c.mode ?? '?'})`);
  const state = status.outcome ?? status.phase;
  return `**${status.cluster}: ${version(status.blue)} → ${version(status.green)}: ${state}**`;
}

function waiting(waitingFor: NonNullable<Status['waitingFor']>): string {
  switch (waitingFor.kind) {
    case 'gate':
      return `Waits for approval of **${waitingFor.gate}** since ${waitingFor.since}${waitingFor.deadline === null ? '' : `, until ${waitingFor.deadline}`}:`;
    case 'hold':
      return `**Holds** in ${waitingFor.phase} since ${waitingFor.since}: ${waitingFor.reason} Nothing changes until:`;
    case 'pause':
      return `Paused by ${waitingFor.by} since ${waitingFor.since}, until:`;
  }
}
