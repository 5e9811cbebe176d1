/** A deployment's status as plain text for a terminal: where it stands, what it waits for, and the command to send. Pure. */
import type { PhaseStatus, Status } from '../contract/status.ts';
import { orderLines } from './order.ts';
import { columns, describeCluster, elapsed, plain } from './plain.ts';

const marks = { waiting: '·', running: '▶', done: '✓', skipped: '–', failed: '✗' } as const;

/** What a running step said last: its heartbeat, and how often it was tried. */
export interface LiveStep {
  /** Name of the activity. */
  readonly step: string;
  readonly attempt: number;
  /** What the last try failed with; null when none did. */
  readonly lastFailure: string | null;
  /** The heartbeat's details. */
  readonly details: unknown;
}

/** `now` is the moment of the look, in milliseconds since 1970. */
export function renderStatus(status: Status, live: readonly LiveStep[], now: number): string[] {
  return [
    headline(status),
    ...(status.ending === null ? [] : [plain(status.ending)]),
    '',
    ...columns(status.phases.map(phase => phaseRow(phase, now))),
    ...live.flatMap(step => sayStep(step).map(line => `  ${line}`)),
    ...waitingLines(status, now),
    ...section(orderLines(status)),
    ...section(status.attention.map(line => `! ${plain(line)}`)),
    ...section(rollbackLines(status)),
    ...section(status.waivers.map(w => `waived: ${w.kind} ${plain(w.name)} by ${plain(w.by)}: ${plain(w.reason)}`)),
    ...section(ignoredLines(status)),
  ];
}

function rollbackLines({ outcome, rollback }: Status): string[] {
  return outcome === null
    ? [`rollback: ${rollback.possible ? 'possible' : 'not possible'}. ${plain(rollback.why)}`]
    : [];
}

export function headline(
  status: Pick<Status, 'cluster' | 'blue' | 'green' | 'deployment' | 'phase' | 'outcome'>,
): string {
  const state = status.outcome ?? `in ${status.phase}`;
  return `${status.cluster}: ${describeCluster(status.blue, plain)} → ${describeCluster(status.green, plain)}, ${state}, deployment ${status.deployment}`;
}

function phaseRow(phase: PhaseStatus, now: number): string[] {
  const { startedAt, endedAt } = phase;
  const took =
    startedAt === null ? '' : elapsed((endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt));
  return [`${marks[phase.state]} ${phase.phase}`, took, plain(phase.detail ?? '')];
}

/** What a step does now, and what its last try failed with. */
export function sayStep({ step, attempt, lastFailure, details }: LiveStep): string[] {
  const lines = [`now: ${step}${attempt > 1 ? `, try ${attempt}` : ''}${sayDetails(details)}`];
  if (lastFailure !== null) lines.push(`the last try failed: ${plain(lastFailure)}`);
  return lines;
}

/** Heartbeats are small flat objects; what a step only carries for its next try is not for people. */
function sayDetails(details: unknown): string {
  if (typeof details !== 'object' || details === null) return '';
  const { begun: _begun, ledger: _ledger, phase: _phase, ...said } = details as Record<string, unknown>;
  const parts = Object.entries(said).map(([key, value]) => `${words(key)} ${sayValue(value)}`);
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}

function sayValue(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(sayValue).join('; ');
  if (typeof value === 'object' && value !== null) {
    const { group, topic, ...rest } = value as Record<string, unknown>;
    const said = Object.entries(rest).map(([key, inner]) => `${words(key)} ${sayValue(inner)}`);
    const name = group ?? topic;
    if (name === undefined) return said.join(' ');
    return said.length === 0 ? sayValue(name) : `${sayValue(name)} (${said.join(', ')})`;
  }
  return plain(String(value));
}

/** camelCase as words. */
function words(key: string): string {
  return key.replaceAll(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`);
}

function waitingLines({ waitingFor, cluster }: Status, now: number): string[] {
  if (waitingFor === null) return [];
  const since = `since ${waitingFor.since} (${elapsed(now - Date.parse(waitingFor.since))})`;
  switch (waitingFor.kind) {
    case 'gate': {
      const until = waitingFor.deadline === null ? '' : `, until ${waitingFor.deadline}`;
      const what =
        waitingFor.gate === 'bake'
          ? `bakes ${since}${until}; to end it early:`
          : `waits for the approval of ${waitingFor.gate} ${since}${until}:`;
      return ['', what, `  ${nextCommand(cluster, waitingFor)}`];
    }
    case 'hold':
      return [
        '',
        `HOLDS in ${waitingFor.phase} ${since}. ${plain(waitingFor.reason)}`,
        'Nothing changes until:',
        `  ${nextCommand(cluster, waitingFor)}`,
      ];
    case 'pause':
      return ['', `paused by ${plain(waitingFor.by)} ${since}, until:`, `  ${nextCommand(cluster, waitingFor)}`];
  }
}

/** The command that ends what the run waits for. */
export function nextCommand(cluster: string, waitingFor: NonNullable<Status['waitingFor']>): string {
  return waitingFor.kind === 'gate'
    ? `kafka-bluegreen approve ${cluster} --gate ${waitingFor.gate}`
    : `kafka-bluegreen resume ${cluster}`;
}

function ignoredLines({ ignored }: Status): string[] {
  const last = ignored.last.at(-1);
  if (last === undefined) return [];
  return [`${ignored.count} messages ignored; the last, ${plain(last.message)} at ${last.at}: ${plain(last.why)}`];
}

function section(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', ...lines];
}
