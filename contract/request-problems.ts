/** What is wrong with a request, said to whoever wrote it: where, what was expected and seen, and what to write instead. */
import type { z } from 'zod';
import { nearest } from './nearest.ts';
import type { Problem } from './problem.ts';

/** More are counted, not listed: the list is one message. */
const MOST_PROBLEMS = 50;
const LONGEST_KEY = 60;

/** The fields that are known at each place, by its path without indices. */
export type KnownFields = Readonly<Record<string, readonly string[]>>;

/** One problem a path, in the order of the request. */
export function describeIssues(issues: readonly z.core.$ZodIssue[], input: unknown, known: KnownFields): Problem[] {
  const found = issues.flatMap(issue => describe(issue, input, known));
  const byPath = new Map<string, Problem>();
  for (const problem of found) if (!byPath.has(problem.on)) byPath.set(problem.on, problem);
  const problems = [...byPath.values()];
  if (problems.length <= MOST_PROBLEMS) return problems;
  return [
    ...problems.slice(0, MOST_PROBLEMS),
    {
      on: 'request',
      problem: `has ${problems.length - MOST_PROBLEMS} more problems that are not listed.`,
      remedy: 'Correct these first, then plan again.',
    },
  ];
}

function describe(issue: z.core.$ZodIssue, input: unknown, known: KnownFields): Problem[] {
  const on = pathOf(issue.path);
  const seen = valueAt(input, issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map(key => ({
        on: pathOf([...issue.path, key]),
        problem: 'is not a known field.',
        remedy: whatWasMeant(key, placeOf(issue.path), known),
      }));
    case 'invalid_type': {
      const wanted = expected[issue.expected] ?? `${article(issue.expected)} ${issue.expected}`;
      const problem =
        seen === undefined ? `is missing; it must be ${wanted}.` : `must be ${wanted}, not ${kindOf(seen)}.`;
      return [
        {
          on,
          problem,
          remedy: wrappedRequest(issue.path, seen) ?? unquoted(issue.path, seen) ?? exampleFor(issue.path),
        },
      ];
    }
    case 'invalid_value':
      return [
        {
          on,
          problem: `${seen === undefined ? 'is missing; it' : ''} must be one of ${issue.values.join(', ')}.`.trim(),
          remedy: 'Use one of these words.',
        },
      ];
    case 'invalid_key':
      return issue.issues.slice(0, 1).map(({ message }) => ({
        on,
        problem: `${message}.`,
        remedy: exampleFor(issue.path.slice(0, -1)),
      }));
    default: {
      const remedy: unknown = 'params' in issue ? issue.params?.['remedy'] : undefined;
      return [
        {
          on,
          problem: `${issue.message.replace(/\.$/, '')}.`,
          remedy: typeof remedy === 'string' ? remedy : exampleFor(issue.path),
        },
      ];
    }
  }
}

/** What a shell or a script easily makes of a request. */
function wrappedRequest(path: readonly PropertyKey[], seen: unknown): string | null {
  if (path.length > 0) return null;
  if (typeof seen === 'string' && seen.trimStart().startsWith('{'))
    return 'Give the object itself, not its text in quotes.';
  return Array.isArray(seen) && seen.length > 0 ? 'Give the object itself, not a list of it.' : null;
}

/** YAML and JSON take a version for a number, and 4.10 for 4.1. */
function unquoted(path: readonly PropertyKey[], seen: unknown): string | null {
  if (typeof seen !== 'number' && typeof seen !== 'boolean') return null;
  if (!placeOf(path).startsWith('green.parameters.')) return null;
  return 'Put the value in quotes, as you mean it: a number loses the zeros at its end.';
}

function whatWasMeant(key: string, place: string, known: KnownFields): string {
  const here = known[place] ?? [];
  const meant = nearest(key, here);
  if (meant !== null) return `Did you mean ${meant}?`;
  const elsewhere = Object.entries(known)
    .filter(([, fields]) => fields.includes(key))
    .map(([other]) => (other === '' ? 'the request itself' : other));
  return elsewhere.length > 0 ? `It belongs in ${elsewhere.join(' or ')}.` : `Known here: ${here.join(', ')}.`;
}

function pathOf(path: readonly PropertyKey[]): string {
  const text = path.reduce<string>((left, key) => {
    if (typeof key === 'number') return `${left}[${key}]`;
    const name = String(key);
    const short = name.length > LONGEST_KEY ? `${name.slice(0, LONGEST_KEY)}…` : name;
    return left === '' ? short : `${left}.${short}`;
  }, '');
  return text === '' ? 'request' : text;
}

function placeOf(path: readonly PropertyKey[]): string {
  return path.filter(key => typeof key === 'string').join('.');
}

/** What the request has at the path; undefined when there is nothing of its own. */
export function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, key)
        ? (at as Record<PropertyKey, unknown>)[key]
        : undefined,
    input,
  );
}

const expected: Readonly<Record<string, string>> = {
  array: 'a list',
  record: 'an object',
  boolean: 'true or false',
  int: 'a whole number',
};

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'number' ? `the number ${value}` : `${article(typeof value)} ${typeof value}`;
}

function article(word: string): string {
  return /^[aeiou]/.test(word) ? 'an' : 'a';
}

/** The example of the path or of the nearest field around it. */
function exampleFor(path: readonly PropertyKey[]): string {
  const place = path.filter(key => typeof key === 'string');
  for (let depth = place.length; depth >= 0; depth -= 1) {
    const key = place.slice(0, depth).join('.');
    const example = Object.hasOwn(examples, key) ? examples[key] : undefined;
    if (example !== undefined) return `Example: ${example}.`;
  }
  return 'See the request in the README.';
}

const examples: Readonly<Record<string, string>> = {
  '': '{"cluster": "orders", "record": "kafka.orders.example.com", "requestedBy": "ada", "blue": {"stack": "kafka-orders-a"}, "green": {"stack": "kafka-orders-b"}}',
  cluster: '"cluster": "orders"',
  record: '"record": "kafka.orders.example.com"',
  readRecord: '"readRecord": "kafka-read.orders.example.com"',
  requestedBy: '"requestedBy": "ada"',
  blue: '"blue": {"stack": "kafka-orders-a"}',
  green: '"green": {"stack": "kafka-orders-b"}',
  'green.parameters': '"parameters": {"KafkaVersion": "4.3.1", "BrokerCount": "3"}',
  'green.template': '"template": "https://templates.s3.amazonaws.com/kafka-cluster.yaml"',
  topics: '"topics": [{"match": "audit-*", "disposition": "waive", "by": "ada", "reason": "kept in the archive"}]',
  groups: '"groups": [{"match": "console-*", "disposition": "ephemeral"}]',
  waive:
    '"waive": [{"kind": "quota", "name": "user=alice producer_byte_rate=1048576", "by": "ada", "reason": "made on green by hand"}]',
  approval: '"approval": {"deadline": "72h", "notRequester": true}',
  ttl: '"ttl": "5s"',
  settle: '"settle": {"clientCache": "30s", "quiet": "30s", "deadline": "24h"}',
  drain: '"drain": {"sweeps": 3, "every": "10s", "deadline": "72h"}',
  bake: '"bake": "1h"',
  keepStopped: '"keepStopped": "24h"',
  provision: '"provision": {"deadline": "45m"}',
};
