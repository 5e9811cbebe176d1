/**
 * The one JSON object that starts a deployment. What is optional has its default here; what is unknown is refused with
 * the nearest known name; what contradicts itself or cannot work is refused too; every problem is reported at once.
 */
import { z } from 'zod';
import type { Problem } from './problem.ts';
import {
  atLeast,
  cluster,
  duration,
  parameters,
  person,
  recordName,
  stackName,
  templateBody,
  templateUrl,
} from './request-fields.ts';
import { describeIssues, type KnownFields, valueAt } from './request-problems.ts';
import { consistent, groupRule, inOrder, topicRule, waiver } from './request-rules.ts';

/** Workflow ids are `kafka-bluegreen-<cluster>`: one deployment at a time per cluster. */
export const WORKFLOW_ID_PREFIX = 'kafka-bluegreen-';
export const PLAN_WORKFLOW_ID_PREFIX = 'kafka-bluegreen-plan-';
/** Without a request the id is `kafka-bluegreen-doctor`; with one its cluster is the last part. */
export const DOCTOR_WORKFLOW_ID = 'kafka-bluegreen-doctor';
export const TASK_QUEUE = 'kafka-bluegreen';

/** What order records have across the flip: per key and producer instance, or also between instances that write the same key. */
export const ORDERS = ['per-producer', 'total'] as const;
export type Order = (typeof ORDERS)[number];

const MOST_RULES = 1_000;
const tooFew = atLeast(1_000, 'must be at least 1s: nothing could happen in time');

const requestSchema = z.strictObject({
  cluster: cluster.describe('The name of the service. One deployment at a time per cluster.'),
  record: recordName.describe('The DNS name that clients bootstrap from; it is flipped.'),
  readRecord: recordName.optional().describe('A second name, for consumers; it moves when the last group is drained.'),
  requestedBy: person.describe('Who asks for the deployment; kept in the report.'),
  blue: z.strictObject({ stack: stackName.describe('The CloudFormation stack in service.') }),
  green: z
    .strictObject({
      stack: stackName.describe('The stack that is created; what follows its last dash is its suffix.'),
      parameters: parameters
        .default({})
        .describe("Parameters that differ from blue's. One that is NoEcho is named: env:NAME or file:/absolute/path."),
      template: templateUrl.optional().describe("Another template than blue's, by URL."),
      templateBody: templateBody.optional().describe("Another template than blue's, as text of at most 51,200 bytes."),
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
    .default([])
    .describe('What becomes of topics; the first rule that matches counts.'),
  groups: z
    .array(groupRule)
    .max(MOST_RULES, 'must be at most 1,000 rules; use * in their names')
    .superRefine(consistent(inOrder))
    .default([])
    .describe('What becomes of consumer groups; the first rule that matches counts.'),
  waive: z
    .array(waiver)
    .max(MOST_RULES, 'must be at most 1,000 waivers; use * in their names')
    .default([])
    .describe('What stands in the way and is answered for, by name, with who and why.'),
  approval: z
    .strictObject({
      deadline: duration('72h', tooFew).describe(
        'How long the flip waits for its approval; then everything is undone.',
      ),
      notRequester: z.boolean().default(false).describe('Whether somebody else than requestedBy must approve.'),
    })
    .prefault({}),
  ttl: duration('5s', ms =>
    ms < 1_000 || ms % 1_000 !== 0 ? 'is not a whole number of seconds, and DNS knows nothing smaller' : null,
  ).describe('TTL of record and signpost during the deployment; the lower, the shorter the flip.'),
  settle: z
    .strictObject({
      clientCache: duration('30s').describe(
        'The longest that any client keeps an address beyond its TTL; 30s for a JVM.',
      ),
      quiet: duration('30s', atLeast(1_000, 'must be at least 1s: blue is looked at once a second')).describe(
        'How long no topic of blue may have been written before it is fenced.',
      ),
      deadline: duration('24h', tooFew).describe('How long stragglers are waited for before the run holds.'),
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
        .default(3)
        .describe('Consecutive complete sweeps that must find a group drained.'),
      every: duration('10s', atLeast(100, 'must be at least 100ms; 1s is often enough')).describe(
        'Between two sweeps.',
      ),
      deadline: duration('72h', tooFew).describe('How long groups may take to read blue before the run holds.'),
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
  bake: duration('1h').describe('How long green carries everything before the deletion of blue is asked for.'),
  keepStopped: duration('24h').describe("How long blue's instances stay stopped before its stack is deleted."),
  order: z
    .enum(ORDERS)
    .default('per-producer')
    .describe(
      'per-producer: each producer keeps its own order. total: library producers hold while blue is closed, so that whatever one of them was acknowledged comes before what any of them sends afterwards.',
    ),
  provision: z
    .strictObject({ deadline: duration('45m', tooFew).describe('How long green may take to come up.') })
    .prefault({}),
});

/** A request with every default filled in; durations are milliseconds. */
export type DeploymentRequest = z.output<typeof requestSchema>;
export type TopicRule = z.output<typeof topicRule>;
export type GroupRule = z.output<typeof groupRule>;
export type Waiver = z.output<typeof waiver>;

/** The request as JSON Schema (draft 2020-12), for editors: shapes, defaults and what each field means. */
export function requestJsonSchema(): object {
  return z.toJSONSchema(requestSchema, { io: 'input' });
}

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
