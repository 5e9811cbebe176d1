/**
 * The template a green stack is made from: blue's own, as it was given to CloudFormation, or another one by URL or text.
 * CloudFormation itself says which parameters it declares (GetTemplateSummary), so no template is parsed here.
 */
import {
  type CloudFormationClient,
  GetTemplateCommand,
  GetTemplateSummaryCommand,
  type GetTemplateSummaryCommandInput,
} from '@aws-sdk/client-cloudformation';
import type { Problem } from '../contract/problem.ts';
import type { ParameterDeclaration } from './parameters.ts';
import { ofKnownStack } from './stack-describe.ts';

export type Template =
  | { readonly kind: 'body'; readonly body: string }
  | { readonly kind: 'url'; readonly url: string };

/** The longest template CloudFormation takes as text; longer ones must be given by URL (CloudFormation quotas). */
const LONGEST_BODY_BYTES = 51_200;

/** The template of an existing stack, byte by byte as it was submitted. */
export async function readTemplateOf(cloudFormation: CloudFormationClient, stack: string): Promise<Template> {
  const answer = await ofKnownStack(stack, () =>
    cloudFormation.send(new GetTemplateCommand({ StackName: stack, TemplateStage: 'Original' })),
  );
  return { kind: 'body', body: answer.TemplateBody ?? '' };
}

/** Why no stack can be made from this template as it is, or null. Pure. */
export function templateProblem(template: Template): Problem | null {
  const bytes = template.kind === 'body' ? Buffer.byteLength(template.body) : 0;
  if (bytes <= LONGEST_BODY_BYTES) return null;
  return {
    on: 'green.template',
    problem: `is ${bytes} bytes long as text; CloudFormation takes at most ${LONGEST_BODY_BYTES}.`,
    remedy: 'Put the template into an S3 bucket and give its URL in green.template.',
  };
}

/** The parameters that a template declares. */
export async function declaredParameters(
  cloudFormation: CloudFormationClient,
  template: Template,
): Promise<ParameterDeclaration[]> {
  const answer = await cloudFormation.send(new GetTemplateSummaryCommand(summaryInput(template)));
  return (answer.Parameters ?? []).map(p => ({
    name: p.ParameterKey ?? '',
    noEcho: p.NoEcho === true,
    default: p.DefaultValue ?? null,
  }));
}

function summaryInput(template: Template): GetTemplateSummaryCommandInput {
  return template.kind === 'body' ? { TemplateBody: template.body } : { TemplateURL: template.url };
}
