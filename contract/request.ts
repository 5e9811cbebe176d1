/**
 * The one JSON object that starts a deployment. What is optional has its default here; what is unknown is refused with
 * the nearest known name; what contradicts itself or cannot work is refused too; every problem is reported at once.
 */
import { z } from 'zod';
import { matches } from './patterns.ts';
import type { Problem } from './problem.ts';
import {
  anyName,
  atLeast,
  cluster,
  duration,
  parameters,
  person,
  reason,
  recordName,
  stackName,
  templateBody,
  templateUrl,
  topicPattern,
} from './request-fields.ts';
import { describeIssues, type KnownFields, valueAt } from './request-problems.ts';

/** Workflow ids are `kafka-bluegreen-<cluster>`: one deployment at a time per cluster. */
export const WORKFLOW_ID_PREFIX = 'kafka-bluegreen-';
export const PLAN_WORKFLOW_ID_PREFIX = 'kafka-bluegreen-plan-';
export const TASK_QUEUE = 'kafka-bluegreen';

const MOST_RULES = 1_000;

interface Wrong {
  readonly path?: readonly PropertyKey[];
  readonly problem: string;
  readonly remedy: string;
}

/** A check over fields that belong together: each contradiction is a problem at its own path. */
const consistent =
  <T>(check: (value: T) => readonly Wrong[]) =>
  (value: T, context: z.RefinementCtx): void => {
    for (const { path = [], problem, remedy } of check(value))
      context.addIssue({ code: 'custom', path: [...path], message: problem, params: { remedy } });
  };

const topicRule = z
  .strictObject({
    match: topicPattern,
    disposition: z.enum(['drain', 'ambient', 'waive']),
    historyKept: z.boolean().optional(),
    by: person.optional(),
    reason: reason.optional(),
  })
  .superRefine(
    consistent(rule => [
      ...(rule.disposition === 'waive' && !answered(rule)
        ? [
            {
              problem: 'waives records without saying who and why',
              remedy: 'Add by and reason: the records of these topics die with blue.',
            },
          ]
        : []),
      ...(rule.historyKept === true && rule.disposition !== 'drain'
        ? [
            {
              path: ['historyKept'],
              problem: `has no meaning for a topic that is ${rule.disposition === 'waive' ? 'waived' : 'ambient'}`,
              remedy: 'Keep it with "drain" only, or leave it out.',
            },
          ]
        : []),
    ]),
  );
const groupRule = z
  .strictObject({
    match: anyName,
    disposition: z.enum(['move', 'ephemeral', 'abandoned', 'external']),
    start: z.enum(['earliest', 'latest']).optional(),
    by: person.optional(),
    reason: reason.optional(),
  })
  .superRefine(
    consistent(rule => [
      ...((rule.disposition === 'abandoned' || rule.disposition === 'external') && !answered(rule)
        ? [{ problem: `is ${rule.disposition} without saying who and why`, remedy: 'Add by and reason.' }]
        : []),
      ...(rule.start !== undefined && rule.disposition !== 'move'
        ? [
            {
              path: ['start'],
              problem: `has no meaning for a group that is ${rule.disposition}`,
              remedy: 'Keep it with "move" only, or leave it out.',
            },
          ]
        : []),
    ]),
  );
const waiver = z
  .strictObject({
    kind: z.enum(['acl', 'quota', 'user', 'connector', 'config', 'group']),
    name: anyName,
    by: person,
    reason,
  })
  .superRefine(
    consistent(({ kind, name }) =>
      kind === 'config' && !/[ *]/.test(name)
        ? [
            {
              path: ['name'],
              problem: 'names no difference: those of kind config are a topic, a space and a key',
              remedy: `Write it as the refusal does, such as "${name.slice(0, 60)} retention.ms" or "${name.slice(0, 60)} *".`,
            },
          ]
        : [],
    ),
  );

/** The first rule that matches wins: one behind a rule that matches all it could match never counts. */
const inOrder = (rules: readonly { readonly match: string }[]): Wrong[] => {
  const wide = rules.map((rule, at) => ({ ...rule, at })).filter(rule => rule.match.includes('*'));
  const firstAt = new Map<string, number>();
  return rules.flatMap((rule, at) => {
    // A wildcard of the later rule stands for itself here: only a wildcard of the earlier one can take it.
    const covering = firstAt.get(rule.match) ?? wide.find(w => w.at < at && matches(w.match, rule.match))?.at;
    if (covering === undefined) {
      firstAt.set(rule.match, at);
      return [];
    }
    const by = `[${covering}] (${JSON.stringify(rules[covering]?.match.slice(0, 60))})`;
    return [
      {
        path: [at],
        problem: `can never match: ${by} before it matches all that it could`,
        remedy: 'Put the narrower rule first, or leave it out: the first rule that matches wins.',
      },
    ];
  });
};

const tooFew = atLeast(1_000, 'must be at least 1s: nothing could happen in time');

const requestSchema = z.strictObject({
  cluster,
  record: recordName,
  readRecord: recordName.optional(),
  requestedBy: person,
  blue: z.strictObject({ stack: stackName }),
  green: z
    .strictObject({
      stack: stackName,
      parameters: parameters.default({}),
      template: templateUrl.optional(),
      templateBody: templateBody.optional(),
    })
    .superRefine(
      consistent(green =>
        green.template !== undefined && green.templateBody !== undefined
          ? [{ path: ['template'], problem: 'is given beside green.templateBody', remedy: 'Keep one of the two.' }]
          : [],
      ),
    ),
  topics: z
    .array(topicRule)
    .max(MOST_RULES, 'must be at most 1,000 rules; use * in their names')
    .superRefine(consistent(inOrder))
    .default([]),
  groups: z
    .array(groupRule)
    .max(MOST_RULES, 'must be at most 1,000 rules; use * in their names')
    .superRefine(consistent(inOrder))
    .default([]),
  waive: z.array(waiver).max(MOST_RULES, 'must be at most 1,000 waivers; use * in their names').default([]),
  approval: z
    .strictObject({ deadline: duration('72h', tooFew), notRequester: z.boolean().default(false) })
    .prefault({}),
  ttl: duration('5s', ms =>
    ms < 1_000 || ms % 1_000 !== 0 ? 'is not a whole number of seconds, and DNS knows nothing smaller' : null,
  ),
  settle: z
    .strictObject({
      clientCache: duration('30s'),
      quiet: duration('30s', atLeast(1_000, 'must be at least 1s: blue is looked at once a second')),
      deadline: duration('24h', tooFew),
    })
    .superRefine(
      consistent(settle =>
        settle.deadline <= settle.quiet
          ? [
              {
                path: ['deadline'],
                problem: 'ends before blue could have been quiet for settle.quiet',
                remedy: 'Make it longer than settle.quiet.',
              },
            ]
          : [],
      ),
    )
    .prefault({}),
  drain: z
    .strictObject({
      sweeps: z
        .int('must be a whole number from 1 to 100')
        .min(1, 'must be a whole number from 1 to 100')
        .max(100, 'must be a whole number from 1 to 100')
        .default(3),
      every: duration('10s', atLeast(100, 'must be at least 100ms; 1s is often enough')),
      deadline: duration('72h', tooFew),
    })
    .superRefine(
      consistent(({ sweeps, every, deadline }) =>
        deadline < sweeps * every
          ? [
              {
                path: ['deadline'],
                problem: 'ends before drain.sweeps sweeps, one every drain.every, could be made',
                remedy: 'Make it longer, sweep oftener, or ask for fewer sweeps.',
              },
            ]
          : [],
      ),
    )
    .prefault({}),
  bake: duration('1h'),
  keepStopped: duration('24h'),
  provision: z.strictObject({ deadline: duration('45m', tooFew) }).prefault({}),
});

/** A request with every default filled in; durations are milliseconds. */
export type DeploymentRequest = z.output<typeof requestSchema>;
export type TopicRule = z.output<typeof topicRule>;
export type GroupRule = z.output<typeof groupRule>;
export type Waiver = z.output<typeof waiver>;

export type ParsedRequest =
  | { readonly kind: 'request'; readonly request: DeploymentRequest }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] };

/** Reads a request, or says everything that is wrong with it, each with its field path and what to do. */
export function parseRequest(input: unknown): ParsedRequest {
  const parsed = requestSchema.safeParse(input);
  const problems = [
    ...(parsed.success ? [] : describeIssues(parsed.error.issues, input, knownFields)),
    ...asWritten(input),
  ];
  return parsed.success && problems.length === 0
    ? { kind: 'request', request: parsed.data }
    : { kind: 'invalid', problems };
}

/** What must differ is compared as it was written, also in a request that cannot be read for another reason. */
function asWritten(input: unknown): Problem[] {
  const problems: Problem[] = [];
  const stack = textAt(input, 'green', 'stack');
  if (stack !== null && stack.toLowerCase() === textAt(input, 'blue', 'stack')?.toLowerCase())
    problems.push({
      on: 'green.stack',
      problem: 'is the blue stack itself.',
      remedy: 'Name the stack that is to be created.',
    });
  const bare = (name: string | null) => name?.toLowerCase().replace(/\.$/, '');
  const readRecord = textAt(input, 'readRecord');
  if (readRecord !== null && bare(readRecord) === bare(textAt(input, 'record')))
    problems.push({
      on: 'readRecord',
      problem: 'is the same name as record.',
      remedy: 'Leave it out, or name the record that consumers use.',
    });
  // zod's records pass over this key in silence.
  if (valueAt(input, ['green', 'parameters', '__proto__']) !== undefined)
    problems.push({
      on: 'green.parameters.__proto__',
      problem: 'is no name of a parameter: letters and digits only.',
      remedy: 'Leave it out.',
    });
  return problems;
}

function textAt(input: unknown, ...path: readonly string[]): string | null {
  const found = valueAt(input, path);
  return typeof found === 'string' ? found : null;
}

function answered(rule: { readonly by?: string | undefined; readonly reason?: string | undefined }): boolean {
  return rule.by !== undefined && rule.reason !== undefined;
}

const knownFields: KnownFields = {
  '': Object.keys(requestSchema.shape),
  blue: ['stack'],
  green: ['stack', 'parameters', 'template', 'templateBody'],
  topics: Object.keys(topicRule.shape),
  groups: Object.keys(groupRule.shape),
  waive: Object.keys(waiver.shape),
  approval: ['deadline', 'notRequester'],
  settle: ['clientCache', 'quiet', 'deadline'],
  drain: ['sweeps', 'every', 'deadline'],
  provision: ['deadline'],
};
