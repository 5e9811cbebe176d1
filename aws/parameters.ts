/**
 * Green's parameters from blue's: `Suffix` and `ClusterId` are the deployment's, the asked-for ones change, secrets are
 * named, the rest is copied. Pure; secrets stay names here and never reach history. CloudFormation reads NoEcho values
 * back as `****`, so a secret that is not named again cannot be copied and is refused instead of being set to asterisks.
 */
import { createHash } from 'node:crypto';
import { nearest } from '../contract/nearest.ts';
import type { Problem } from '../contract/problem.ts';
import { sharedChroot } from './chroot.ts';

export interface ParameterDeclaration {
  readonly name: string;
  readonly noEcho: boolean;
  /** The template's default; null when it has none. */
  readonly default: string | null;
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

/**
 * Green's parameters, or everything that is wrong with what was asked for. `ClusterId` belongs to KRaft only and
 * `ZooKeeperConnect` to ZooKeeper only, so a change of the mode drops the one and sets the other.
 */
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
  const green = Object.fromEntries(
    parameters.flatMap(({ name, value }) => (value.kind === 'text' ? [[name, value.text]] : [])),
  );
  problems.push(...sharedNames(request), ...sharedChroot(request.blue, green, request.greenStack));
  return { parameters, dropped, problems };
}

type Decided = PlannedValue | { readonly kind: 'default' } | { readonly kind: 'problem'; readonly problem: Problem };

function decide(declaration: ParameterDeclaration, request: ParameterRequest): Decided {
  const { name, noEcho } = declaration;
  const asked = ownValue(request.requested, name);
  const ours = setByDeployment(name, request);
  if (ours !== null) {
    if (asked !== undefined && asked !== ours.text) return problem(name, ours.refusal, 'Leave it out.');
    return ours.text === '' ? withoutValue(declaration) : { kind: 'text', text: ours.text };
  }
  const blue = ownValue(request.blue, name);
  if (noEcho) return secret(declaration, asked, blue !== undefined);
  if (asked !== undefined) return { kind: 'text', text: asked };
  if (name === 'ZooKeeperConnect' && metadataMode(request) === 'kraft') return withoutValue(declaration);
  if (blue !== undefined) return { kind: 'text', text: blue };
  if (declaration.default !== null) return { kind: 'default' };
  return problem(name, 'has no default, no value on blue, and is not given.', `Add ${name} to green.parameters.`);
}

/** What nobody may ask for; the empty text stands for a parameter that has no meaning for this green. */
function setByDeployment(name: string, request: ParameterRequest): { text: string; refusal: string } | null {
  if (name === 'Suffix') {
    const text = suffixOf(request.greenStack);
    return { text, refusal: `is not the last part of the stack's name, which is ${text}.` };
  }
  if (name !== 'ClusterId') return null;
  if (metadataMode(request) === 'zookeeper')
    return { text: '', refusal: 'is given although brokers that keep their metadata in ZooKeeper make their own.' };
  return { text: request.clusterId, refusal: `is set by the deployment, to ${request.clusterId}.` };
}

/** Left to an empty default, or given as the empty text where the template has another default or none. */
function withoutValue(declaration: ParameterDeclaration): Decided {
  return declaration.default === '' ? { kind: 'default' } : { kind: 'text', text: '' };
}

function secret(
  { name, default: fallback }: ParameterDeclaration,
  asked: string | undefined,
  onBlue: boolean,
): Decided {
  if (asked !== undefined && isSecretName(asked)) return { kind: 'secret', name: asked };
  if (asked === undefined && !onBlue && fallback !== null) return { kind: 'default' };
  return problem(
    name,
    asked === undefined
      ? 'is a secret (NoEcho) that cannot be read from blue and is not named.'
      : 'is a secret (NoEcho) given as plain text.',
    `Name it in green.parameters: {"${name}": "env:VARIABLE"} or {"${name}": "file:/path"}, as the worker sees it.`,
  );
}

/** Where green keeps its metadata: as asked, else as blue, else as the template says; null when nothing says so. */
function metadataMode({ requested, blue, declared }: ParameterRequest): string | null {
  const declaration = declared.find(p => p.name === 'MetadataMode');
  if (declaration === undefined) return null;
  return ownValue(requested, 'MetadataMode') ?? ownValue(blue, 'MetadataMode') ?? declaration.default;
}

function ownValue(values: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
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
