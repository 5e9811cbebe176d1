/**
 * The one JSON object that starts a deployment. What is optional has its default here; what is unknown is refused with
 * the nearest known name; every problem is reported at once.
 */
import { z } from 'zod';
import { parseDuration } from './duration.ts';
import { nearest } from './nearest.ts';
import type { Problem } from './problem.ts';

/** Workflow ids are `kafka-bluegreen-<cluster>`: one deployment at a time per cluster. */
export const WORKFLOW_ID_PREFIX = 'kafka-bluegreen-';
export const PLAN_WORKFLOW_ID_PREFIX = 'kafka-bluegreen-plan-';
export const TASK_QUEUE = 'kafka-bluegreen';

const cluster = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,60}$/, 'must be lower-case letters, digits and dashes, starting with a letter');
const dnsName = z
  .string()
  .max(253)
  .regex(
    /^(?=.{1,253}$)([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.?$/i,
    'must be a DNS name such as kafka.orders.example.com',
  );
const stackName = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9-]{0,126}-[A-Za-z0-9]{1,16}$/,
    'must be a stack name that ends in a dash and a suffix, such as kafka-orders-b',
  );
const person = z.string().trim().min(1, 'must name a person or a job').max(200);
const reason = z.string().trim().min(1, 'must say why').max(2_000);
const pattern = z.string().min(1).max(249, 'must be a name, or a name with * as the only wildcard');

const duration = (defaultText: string) =>
  z
    .string()
    .default(defaultText)
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms !== null) return ms;
      context.addIssue({ code: 'custom', message: 'must be a duration such as 30s, 45m or 72h, at most a year' });
      return z.NEVER;
    });

const topicRule = z.strictObject({
  match: pattern,
  disposition: z.enum(['drain', 'ambient', 'waive']),
  historyKept: z.boolean().optional(),
  by: person.optional(),
  reason: reason.optional(),
});
const groupRule = z.strictObject({
  match: pattern,
  disposition: z.enum(['move', 'ephemeral', 'abandoned', 'external']),
  start: z.enum(['earliest', 'latest']).optional(),
  by: person.optional(),
  reason: reason.optional(),
});
const waiver = z.strictObject({
  kind: z.enum(['acl', 'quota', 'user', 'connector', 'config', 'group']),
  name: z.string().min(1).max(1_000),
  by: person,
  reason,
});

const requestSchema = z.strictObject({
  cluster,
  record: dnsName,
  readRecord: dnsName.optional(),
  requestedBy: person,
  blue: z.strictObject({ stack: stackName }),
  green: z.strictObject({
    stack: stackName,
    parameters: z.record(z.string().min(1), z.string()).default({}),
    template: z.url('must be the https URL of a template').optional(),
    templateBody: z
      .string()
      .min(1)
      .max(51_200, 'must be at most 51,200 bytes; give a URL in green.template')
      .optional(),
  }),
  topics: z.array(topicRule).max(1_000).default([]),
  groups: z.array(groupRule).max(1_000).default([]),
  waive: z.array(waiver).max(1_000).default([]),
  approval: z.strictObject({ deadline: duration('72h'), notRequester: z.boolean().default(false) }).prefault({}),
  ttl: duration('5s'),
  settle: z
    .strictObject({ clientCache: duration('30s'), quiet: duration('30s'), deadline: duration('24h') })
    .prefault({}),
  drain: z
    .strictObject({
      sweeps: z.number().int().min(1).max(100).default(3),
      every: duration('10s'),
      deadline: duration('72h'),
    })
    .prefault({}),
  bake: duration('1h'),
  keepStopped: duration('24h'),
  provision: z.strictObject({ deadline: duration('45m') }).prefault({}),
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
  if (!parsed.success) return { kind: 'invalid', problems: parsed.error.issues.flatMap(issue => describe(issue)) };
  const problems = contradictions(parsed.data);
  return problems.length > 0 ? { kind: 'invalid', problems } : { kind: 'request', request: parsed.data };
}

function contradictions(request: DeploymentRequest): Problem[] {
  const problems: Problem[] = [];
  const add = (on: string, problem: string, remedy: string) => problems.push({ on, problem, remedy });
  if (request.blue.stack === request.green.stack)
    add('green.stack', 'is the blue stack itself.', 'Name the stack that is to be created.');
  if (request.green.template !== undefined && request.green.templateBody !== undefined)
    add('green.template', 'is given beside green.templateBody.', 'Keep one of the two.');
  if (request.readRecord !== undefined && sameName(request.readRecord, request.record))
    add('readRecord', 'is the same name as record.', 'Leave it out, or name the record that consumers use.');
  if (request.ttl < 1_000 || request.ttl % 1_000 !== 0)
    add('ttl', 'is not a whole number of seconds.', 'Use seconds, such as 5s: DNS knows nothing smaller.');
  if (request.drain.every < 100) add('drain.every', 'is shorter than 100ms.', 'Sweep every 1s or slower.');
  request.topics.forEach((rule, i) => {
    if (rule.disposition === 'waive' && (rule.by === undefined || rule.reason === undefined))
      add(
        `topics[${i}]`,
        'waives records without saying who and why.',
        'Add by and reason: the records of these topics die with blue.',
      );
  });
  request.groups.forEach((rule, i) => {
    const answered = rule.disposition === 'abandoned' || rule.disposition === 'external';
    if (answered && (rule.by === undefined || rule.reason === undefined))
      add(`groups[${i}]`, `is ${rule.disposition} without saying who and why.`, 'Add by and reason.');
  });
  return problems;
}

function sameName(a: string, b: string): boolean {
  const bare = (name: string) => name.toLowerCase().replace(/\.$/, '');
  return bare(a) === bare(b);
}

function describe(issue: z.core.$ZodIssue): Problem[] {
  const on = pathOf(issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map(key => {
        const meant = nearest(key, knownKeys(issue.path));
        return {
          on: pathOf([...issue.path, key]),
          problem: 'is not a known field.',
          remedy: meant === null ? `Known here: ${knownKeys(issue.path).join(', ')}.` : `Did you mean ${meant}?`,
        };
      });
    case 'invalid_type':
      return [{ on, problem: `must be ${article(issue.expected)}.`, remedy: remedyFor(issue.path) }];
    case 'invalid_value':
      return [{ on, problem: `must be one of ${issue.values.join(', ')}.`, remedy: 'Use one of these words.' }];
    default:
      return [{ on, problem: `${issue.message.replace(/\.$/, '')}.`, remedy: remedyFor(issue.path) }];
  }
}

function pathOf(path: readonly PropertyKey[]): string {
  const text = path.reduce<string>(
    (left, key) => (typeof key === 'number' ? `${left}[${key}]` : left === '' ? String(key) : `${left}.${String(key)}`),
    '',
  );
  return text === '' ? 'request' : text;
}

function article(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function remedyFor(path: readonly PropertyKey[]): string {
  const example = examples[path.filter(key => typeof key === 'string').join('.')];
  return example === undefined ? 'See the request in the README.' : `Example: ${example}.`;
}

const examples: Readonly<Record<string, string>> = {
  '': '{"cluster": "orders", "record": "kafka.orders.example.com", "requestedBy": "ada", "blue": {"stack": "kafka-orders-a"}, "green": {"stack": "kafka-orders-b"}}',
  cluster: '"cluster": "orders"',
  record: '"record": "kafka.orders.example.com"',
  readRecord: '"readRecord": "kafka-read.orders.example.com"',
  requestedBy: '"requestedBy": "ada"',
  blue: '"blue": {"stack": "kafka-orders-a"}',
  'blue.stack': '"blue": {"stack": "kafka-orders-a"}',
  green: '"green": {"stack": "kafka-orders-b"}',
  'green.stack': '"green": {"stack": "kafka-orders-b"}',
  'green.parameters': '"parameters": {"KafkaVersion": "4.3.1"}',
  topics: '"topics": [{"match": "audit-*", "disposition": "drain"}]',
  groups: '"groups": [{"match": "console-*", "disposition": "ephemeral"}]',
  ttl: '"ttl": "5s"',
};

const keysByPath: Readonly<Record<string, readonly string[]>> = {
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

function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  return keysByPath[path.filter(key => typeof key === 'string').join('.')] ?? [];
}
