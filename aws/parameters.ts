/**
 * Green's parameters from blue's: `Suffix` and `ClusterId` are the deployment's, the asked-for ones change, secrets are
 * named, the rest is copied. Pure; secrets stay names here and never reach history. CloudFormation reads NoEcho values
 * back as `****`, so a secret that is not named again cannot be copied and is refused instead of being set to asterisks.
 */
import { createHash } from 'node:crypto';
import { nearest } from '../contract/nearest.ts';
import type { Problem } from '../contract/problem.ts';

export interface ParameterDeclaration {
  readonly name: string;
  readonly noEcho: boolean;
  readonly hasDefault: boolean;
}

export type PlannedValue =
  | { readonly kind: 'text'; readonly text: string }
  /** A secret by name (`env:NAME`, `file:/path`), resolved in the worker when the stack is created. */
  | { readonly kind: 'secret'; readonly name: string };

export interface PlannedParameter {
  readonly name: string;
  readonly value: PlannedValue;
}

export interface ParameterPlan {
  readonly parameters: readonly PlannedParameter[];
  /** Blue's parameters that green's template does not declare. */
  readonly dropped: readonly string[];
  readonly problems: readonly Problem[];
}

export interface ParameterRequest {
  readonly greenStack: string;
  /** Green's cluster id, see `clusterIdFor`. */
  readonly clusterId: string;
  /** What green's template declares. */
  readonly declared: readonly ParameterDeclaration[];
  /** Blue's values by name, NoEcho ones masked. */
  readonly blue: Readonly<Record<string, string>>;
  /** What the request asks for. */
  readonly requested: Readonly<Record<string, string>>;
}

/** A secret's name: `env:NAME` or `file:/absolute/path`. */
export function isSecretName(text: string): boolean {
  return /^(env:[A-Za-z_][A-Za-z0-9_]*|file:\/.+)$/.test(text);
}

/** The suffix of a stack's name: its last dash part. */
export function suffixOf(stack: string): string {
  return stack.slice(stack.lastIndexOf('-') + 1);
}

/**
 * The Kafka cluster id of the deployment's green: 16 bytes as 22 characters of base64url, the same on every call. Kafka's
 * own ids never start with a dash, because command-line tools would take them for an option.
 */
export function clusterIdFor(deployment: string): string {
  for (let round = 0; ; round++) {
    const seed = round === 0 ? deployment : `${deployment}#${round}`;
    const id = createHash('sha256').update(seed).digest().subarray(0, 16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}

/** Green's parameters, or everything that is wrong with what was asked for. */
export function planParameters(request: ParameterRequest): ParameterPlan {
  const declaredNames = request.declared.map(p => p.name);
  const known = new Set(declaredNames);
  const problems: Problem[] = [];
  for (const name of Object.keys(request.requested)) if (!known.has(name)) problems.push(unknown(name, declaredNames));
  const parameters: PlannedParameter[] = [];
  for (const declaration of request.declared) {
    const decided = decide(declaration, request);
    if (decided.kind === 'problem') problems.push(decided.problem);
    else if (decided.kind !== 'default') parameters.push({ name: declaration.name, value: decided });
  }
  const dropped = Object.keys(request.blue).filter(name => !known.has(name));
  return {
    parameters,
    dropped,
    problems: [...problems, ...sharedNames(request), ...sharedChroot(request, parameters)],
  };
}

type Decided = PlannedValue | { readonly kind: 'default' } | { readonly kind: 'problem'; readonly problem: Problem };

function decide({ name, noEcho, hasDefault }: ParameterDeclaration, request: ParameterRequest): Decided {
  const asked = Object.hasOwn(request.requested, name) ? request.requested[name] : undefined;
  const blue = Object.hasOwn(request.blue, name) ? request.blue[name] : undefined;
  const ours = name === 'Suffix' ? suffixOf(request.greenStack) : name === 'ClusterId' ? request.clusterId : undefined;
  if (ours !== undefined) {
    return asked === undefined || asked === ours
      ? { kind: 'text', text: ours }
      : problem(name, `is asked to be ${asked}, but the deployment sets it to ${ours}.`, 'Leave it out.');
  }
  if (noEcho) {
    if (asked !== undefined && isSecretName(asked)) return { kind: 'secret', name: asked };
    if (asked !== undefined)
      return problem(
        name,
        'is a secret (NoEcho) given as plain text.',
        `Name it instead: {"${name}": "env:VARIABLE"} or {"${name}": "file:/path"}, as the worker sees it.`,
      );
    if (blue === undefined && hasDefault) return { kind: 'default' };
    return problem(
      name,
      'is a secret (NoEcho) that cannot be read from blue and is not named.',
      `Add it to green.parameters: {"${name}": "env:VARIABLE"} or {"${name}": "file:/path"}, as the worker sees it.`,
    );
  }
  const value = asked ?? blue;
  if (value !== undefined) return { kind: 'text', text: value };
  if (hasDefault) return { kind: 'default' };
  return problem(name, 'has no default, no value on blue, and is not given.', `Add ${name} to green.parameters.`);
}

function problem(name: string, what: string, remedy: string): Decided {
  return { kind: 'problem', problem: { on: `green.parameters.${name}`, problem: what, remedy } };
}

function unknown(name: string, declared: readonly string[]): Problem {
  const meant = nearest(name, declared);
  return {
    on: `green.parameters.${name}`,
    problem: "is not a parameter of green's template.",
    remedy: meant === null ? `It has: ${declared.join(', ')}.` : `Did you mean ${meant}?`,
  };
}

/** Blue and green name their resources by the suffix: the same one twice would collide. */
function sharedNames({ greenStack, blue }: ParameterRequest): Problem[] {
  if (blue['Suffix'] === undefined || blue['Suffix'] !== suffixOf(greenStack)) return [];
  return [
    {
      on: 'green.stack',
      problem: `ends in blue's own suffix ${blue['Suffix']}, so their resources would have the same names.`,
      remedy: 'Name the green stack with another last part.',
    },
  ];
}

/** Two clusters on one chroot would be one broken cluster, whatever names their ZooKeeper servers are given. */
function sharedChroot({ blue, greenStack }: ParameterRequest, parameters: readonly PlannedParameter[]): Problem[] {
  const green: Record<string, string> = {};
  for (const { name, value } of parameters) if (value.kind === 'text') green[name] = value.text;
  const blueConnect = zooKeeperConnect(blue);
  const greenConnect = zooKeeperConnect(green);
  if (blueConnect === null || greenConnect === null) return [];
  const chroot = chrootOf(greenConnect);
  if (chrootOf(blueConnect) !== chroot) return [];
  const servers = greenConnect.split('/')[0] ?? '';
  return [
    {
      on: 'green.parameters.ZooKeeperConnect',
      problem: `has the chroot ${chroot}, which is blue's own: the brokers of both would join one cluster.`,
      remedy: `Give green its own, such as ${servers}/${greenStack}, or MetadataMode kraft.`,
    },
  ];
}

/** The connect string of a cluster that keeps its metadata in ZooKeeper, or null. */
function zooKeeperConnect(parameters: Readonly<Record<string, string>>): string | null {
  const connect = (parameters['ZooKeeperConnect'] ?? '').trim();
  return connect === '' || parameters['MetadataMode'] === 'kraft' ? null : connect;
}

/** ZooKeeper reads everything from the first slash on as the chroot; none is the root. */
function chrootOf(connect: string): string {
  const slash = connect.indexOf('/');
  const path = slash === -1 ? '' : connect.slice(slash);
  return `/${path.split('/').filter(Boolean).join('/')}`;
}
