/**
 * The worker's configuration, read from its environment once and refused whole: every problem at once, each with what to do.
 * Temporal's and AWS's own settings are read by their own libraries, from the variables and files that their tools use too.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';
import { isSecretName } from '../aws/parameters.ts';
import { describeProblems, type Problem } from '../contract/problem.ts';

export interface Configuration {
  /** `file:/absolute/folder`. */
  readonly evidence: string;
  /** Resolvers, `ip` or `ip:port`, that are asked whether a change of a record arrived. */
  readonly dnsServers: readonly string[];
  /** How to log in to Kafka, with secrets by name; null for plain text without login. */
  readonly kafkaSecurity: SecurityNames | null;
  /** The role that CloudFormation takes for the stacks of clusters; null for the worker's own rights. */
  readonly stackRole: string | null;
  readonly taskQueue: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Turns pinned worker versioning on, with this build id. */
  readonly workerVersion: string | null;
}

const secretName = z.string().refine(isSecretName, 'must be env:NAME or file:/absolute/path');
const securitySchema = z.strictObject({
  tls: z.strictObject({ ca: secretName.optional() }).optional(),
  sasl: z
    .strictObject({
      mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']),
      username: secretName,
      password: secretName,
    })
    .optional(),
});
export type SecurityNames = z.output<typeof securitySchema>;

const levels = ['debug', 'info', 'warn', 'error'] as const;

/** Thrown with the list of everything that is wrong. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

export function readConfiguration(environment: Readonly<Record<string, string | undefined>>): Configuration {
  const problems: Problem[] = [];
  const add = (on: string, problem: string, remedy: string) => problems.push({ on, problem, remedy });
  const text = (name: string) => environment[`KAFKA_BLUEGREEN_${name}`]?.trim() ?? '';

  const evidence = text('EVIDENCE');
  if (!/^file:\/.+/.test(evidence))
    add(
      'KAFKA_BLUEGREEN_EVIDENCE',
      evidence === '' ? 'is not set.' : 'is not a store that is known.',
      'Set it to file:/absolute/folder, on a disk that is backed up.',
    );

  const dnsServers = text('DNS_SERVERS')
    .split(',')
    .filter(server => server !== '');
  for (const server of dnsServers)
    if (!isServer(server))
      add(
        'KAFKA_BLUEGREEN_DNS_SERVERS',
        `has "${server}", which is no address.`,
        'Use ip or ip:port, separated by commas.',
      );

  const level = text('LOG_LEVEL') === '' ? 'info' : text('LOG_LEVEL');
  const logLevel = levels.find(known => known === level);
  if (logLevel === undefined) add('KAFKA_BLUEGREEN_LOG_LEVEL', `is "${level}".`, `Use one of ${levels.join(', ')}.`);

  const stackRole = text('STACK_ROLE');
  if (stackRole !== '' && !/^arn:[\w-]+:iam::\d{12}:role\/\S+$/.test(stackRole))
    add(
      'KAFKA_BLUEGREEN_STACK_ROLE',
      `is "${stackRole}", which is no role's ARN.`,
      'Use arn:aws:iam::<account>:role/<name>, or leave it out: CloudFormation then acts with the rights of the worker.',
    );

  const kafkaSecurity = readSecurity(text('KAFKA_SECURITY'), add);
  if (problems.length > 0) throw new ConfigurationError(`The worker cannot start.\n${describeProblems(problems)}`);
  return {
    evidence,
    dnsServers,
    kafkaSecurity,
    stackRole: stackRole === '' ? null : stackRole,
    taskQueue: text('TASK_QUEUE') === '' ? 'kafka-bluegreen' : text('TASK_QUEUE'),
    logLevel: logLevel ?? 'info',
    workerVersion: text('WORKER_VERSION') === '' ? null : text('WORKER_VERSION'),
  };
}

function isServer(text: string): boolean {
  const address = /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? text.replace(/:\d+$/, '');
  return isIPv4(address) || isIPv6(address) || isIPv6(text);
}

function readSecurity(text: string, add: (on: string, problem: string, remedy: string) => void): SecurityNames | null {
  if (text === '') return null;
  const on = 'KAFKA_BLUEGREEN_KAFKA_SECURITY';
  const remedy =
    'Example: {"tls": {}, "sasl": {"mechanism": "SCRAM-SHA-512", "username": "env:KAFKA_USER", "password": "file:/run/secrets/kafka"}}.';
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    add(on, 'is not JSON.', remedy);
    return null;
  }
  const parsed = securitySchema.safeParse(json);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) add(`${on}.${issue.path.join('.')}`, `${issue.message}.`, remedy);
  return null;
}
