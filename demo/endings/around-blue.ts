/** After every way back: blue is in service as it was found, and nothing of a deployment is left on it. */
import { isDeepStrictEqual } from 'node:util';
import { type Check, check } from '../check.ts';
import type { Observed } from '../observed.ts';
import type { DemoReport } from '../report/demo-report.ts';
import type { Surroundings } from '../surroundings.ts';

const LEAST_TAKEN = 500;

export function aroundBlue({ blue }: DemoReport, { around, takenByBlueSince }: Observed): Check[] {
  if (around === null) return [check(false, '', 'Nobody looked around blue.')];
  const { before, after } = around;
  // Owners had set some: to see none is not to have seen them.
  const overrides = Object.values(before.configs).reduce((sum, configs) => sum + Object.keys(configs).length, 0);
  return [
    check(
      before.record !== null && isDeepStrictEqual(after.record, before.record),
      `The record and its TTL are as they were: ${recordText(before)}.`,
      `The record is ${recordText(after)}, it was ${recordText(before)}.`,
    ),
    check(
      overrides > 0 && isDeepStrictEqual(after.configs, before.configs),
      `The ${overrides} configs set on ${Object.keys(before.configs).length} topics of blue are as they were.`,
      `Topic configs of blue are not as they were: ${changedTopics(before, after).join(', ')}.`,
    ),
    check(
      isSteadyOn(after.signpost, blue.clusterId),
      'The signpost stands steady on blue, with by=-.',
      `The signpost is not steady on blue: ${JSON.stringify(after.signpost)}.`,
    ),
    check(
      takenByBlueSince >= LEAST_TAKEN,
      `Blue took ${takenByBlueSince} records after the run had ended.`,
      `Blue took only ${takenByBlueSince} records after the run had ended.`,
    ),
  ];
}

function isSteadyOn(signpost: Surroundings['signpost'], clusterId: string | null): boolean {
  if (signpost === null || clusterId === null) return false;
  const { write, read, drain, by } = signpost;
  return write === clusterId && read === clusterId && drain === '-' && by === '-';
}

function recordText({ record }: Surroundings): string {
  return record === null ? 'absent' : `${record.ResourceRecords?.[0]?.Value ?? 'an alias'}, TTL ${record.TTL ?? '?'}`;
}

function changedTopics(before: Surroundings, after: Surroundings): string[] {
  const topics = new Set([...Object.keys(before.configs), ...Object.keys(after.configs)]);
  return [...topics].filter(topic => !isDeepStrictEqual(before.configs[topic], after.configs[topic]));
}
