/**
 * What its owners put on a stack so that nobody deletes it by accident: termination protection, or a stack policy that
 * denies something. A policy stops only updates by itself (CloudFormation user guide, "Prevent updates to stack
 * resources"), but whoever set one wants to be asked.
 */
import { type CloudFormationClient, GetStackPolicyCommand } from '@aws-sdk/client-cloudformation';
import { AwsRefused } from './errors.ts';
import { ofKnownStack, type StackFacts } from './stack-describe.ts';

export type Protection =
  | { readonly kind: 'none' }
  /** `command` lifts it. */
  | { readonly kind: 'termination-protection' | 'stack-policy'; readonly command: string };

/** Reads how the stack is protected. */
export async function protectionOf(cloudFormation: CloudFormationClient, stack: StackFacts): Promise<Protection> {
  if (stack.terminationProtected)
    return {
      kind: 'termination-protection',
      command:
        'aws cloudformation update-termination-protection --no-enable-termination-protection ' +
        `--stack-name ${stack.name}`,
    };
  const { StackPolicyBody } = await ofKnownStack(stack.name, () =>
    cloudFormation.send(new GetStackPolicyCommand({ StackName: stack.stackId })),
  );
  if (!policyProtects(StackPolicyBody)) return { kind: 'none' };
  return {
    kind: 'stack-policy',
    command: `aws cloudformation set-stack-policy --stack-name ${stack.name} --stack-policy-body '${openPolicy}'`,
  };
}

/** A stack policy cannot be removed, only replaced by one that allows everything. */
const openPolicy = '{"Statement":[{"Effect":"Allow","Action":"Update:*","Principal":"*","Resource":"*"}]}';

/** Refuses (`ProtectedStack`) with the command that lifts the protection. */
export function refuseProtected(stack: StackFacts, protection: Protection): void {
  if (protection.kind === 'none') return;
  const what = protection.kind === 'stack-policy' ? 'a stack policy' : 'termination protection';
  throw new AwsRefused(
    'ProtectedStack',
    `Stack ${stack.name} has ${what}, so it is not deleted. If it may go, lift it: ${protection.command}`,
  );
}

/** Whether a stack policy protects anything: anything but plain permission for every update does. */
export function policyProtects(body: string | undefined): boolean {
  if (body === undefined || body.trim() === '') return false;
  const statements = statementsOf(body);
  return !statements.some(allowsEverything) || statements.some(s => s['Effect'] !== 'Allow');
}

type Statement = Readonly<Record<string, unknown>>;

/** The policy's statements; none when it cannot be read, which then counts as protecting. */
function statementsOf(body: string): Statement[] {
  try {
    const policy: unknown = JSON.parse(body);
    if (!isStatement(policy)) return [];
    const found = policy['Statement'];
    return (Array.isArray(found) ? found : [found]).filter(isStatement);
  } catch {
    return [];
  }
}

function isStatement(value: unknown): value is Statement {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function allowsEverything(statement: Statement): boolean {
  const has = (key: string, word: string) => {
    const value = statement[key];
    return Array.isArray(value) ? value.includes(word) : value === word;
  };
  return (
    statement['Effect'] === 'Allow' &&
    has('Action', 'Update:*') &&
    has('Resource', '*') &&
    statement['Condition'] === undefined
  );
}
