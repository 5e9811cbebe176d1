/**
 * The run's "Current Details" as Markdown: a headline, the phases, what it waits for and the command to send. Read raw by
 * `temporal workflow metadata` as well, so lists only. What others wrote stands in it as text, never as markup, and the whole is
 * at most 6,000 bytes: each part has its share, so that nothing pushes the command out.
 */
import type { Status } from '../contract/status.ts';
import { inertMarkdown } from './inert.ts';
import { orderLines } from './order.ts';

const marks = { waiting: '·', running: '▶', done: '✓', skipped: '–', failed: '✗' } as const;

/** Bytes of UTF-8 for each text, and how many observations are shown. */
const share = { name: 60, detail: 120, ending: 1_000, reason: 1_000, attention: 250, why: 250 } as const;
const MOST_ATTENTION = 6;

/** Temporal allows 20,000 bytes; the Web UI passes them in an address, which is shorter. */
export function renderCurrentDetails(status: Status): string {
  const lines = [headline(status), ''];
  if (status.ending !== null) lines.push(inertMarkdown(status.ending, share.ending), '');
  for (const phase of status.phases)
    lines.push(
      `- ${marks[phase.state]} ${phase.phase}${phase.detail === null ? '' : `: ${inertMarkdown(phase.detail, share.detail)}`}`,
    );
  if (status.waitingFor !== null)
    lines.push('', waiting(status.waitingFor), '', '```', status.waitingFor.command, '```');
  lines.push(...orderLines(status).map(line => `\n- ${line}`));
  lines.push(...attention(status.attention));
  if (status.ignored.count > 0) {
    const last = status.ignored.last.at(-1);
    const said = `${inertMarkdown(last?.message ?? '', share.name)}: ${inertMarkdown(last?.why ?? '', share.why)}`;
    lines.push('', `- ${status.ignored.count} messages ignored; the last: ${said}`);
  }
  return lines.join('\n');
}

function attention(sentences: Status['attention']): string[] {
  if (sentences.length === 0) return [];
  const lines = sentences.slice(0, MOST_ATTENTION).map(line => `- ⚠ ${inertMarkdown(line, share.attention)}`);
  const missing = sentences.length - lines.length;
  return ['', ...lines, ...(missing > 0 ? [`- and ${missing} more: see the query status`] : [])];
}

function headline(status: Status): string {
  const name = (text: string) => inertMarkdown(text, share.name);
  const version = (c: Status['blue']) =>
    c.version === null ? name(c.stack) : `${name(c.stack)} (${name(c.version)}, ${c.mode ?? '?'})`;
  const state = status.outcome ?? status.phase;
  return `**${status.cluster}: ${version(status.blue)} → ${version(status.green)}: ${state}**`;
}

function waiting(waitingFor: NonNullable<Status['waitingFor']>): string {
  switch (waitingFor.kind) {
    case 'gate':
      if (waitingFor.gate === 'bake') return `Bakes until ${waitingFor.deadline ?? 'it is ended'}; to end it early:`;
      return `Waits for approval of **${waitingFor.gate}** since ${waitingFor.since}${waitingFor.deadline === null ? '' : `, until ${waitingFor.deadline}`}:`;
    case 'hold':
      return `**Holds** in ${waitingFor.phase} since ${waitingFor.since}: ${inertMarkdown(waitingFor.reason, share.reason)} Nothing changes until:`;
    case 'pause':
      return `Paused by ${inertMarkdown(waitingFor.by, share.name)} since ${waitingFor.since}, until:`;
  }
}
