import { clusterIdFor, type ParameterPlan, planParameters } from '../aws/parameters.ts';
import { createStack } from '../aws/stack.ts';
import { describeStack, type StackFacts, stands } from '../aws/stack-describe.ts';
import { declaredParameters, readTemplateOf, type Template } from '../aws/template.ts';
import type { Activities, StepInput } from '../contract/activities.ts';
import type { DeploymentRequest } from '../contract/request.ts';
import { getJson } from '../evidence/store.ts';
import type { Dependencies } from './dependencies.ts';
import { perform, Refused } from './step.ts';

/** Green's template and parameters: blue's own, changed only where the request says so. */
export async function planGreen(
  deps: Pick<Dependencies, 'aws'>,
  request: DeploymentRequest,
  id: string,
  blue: StackFacts,
): Promise<{ readonly template: Template; readonly plan: ParameterPlan }> {
  const { cloudFormation } = deps.aws;
  const { green } = request;
  const template: Template =
    green.template !== undefined
      ? { kind: 'url', url: green.template }
      : green.templateBody !== undefined
        ? { kind: 'body', body: green.templateBody }
        : await readTemplateOf(cloudFormation, blue.stackId);
  const plan = planParameters({
    greenStack: green.stack,
    clusterId: clusterIdFor(id),
    declared: await declaredParameters(cloudFormation, template),
    blue: blue.parameters,
    requested: green.parameters,
  });
  return { template, plan };
}

/** Green's stack exists and carries this deployment's id; asked again, the same stack is found. */
export function createGreenStack(deps: Dependencies): Activities['createGreenStack'] {
  return ({ deployment }: StepInput) =>
    perform(async () => {
      const request = await getJson<DeploymentRequest>(deps.evidence, deployment.evidence.request);
      const found = await describeStack(deps.aws.cloudFormation, deployment.blue.stackId);
      if (found.kind === 'absent')
        throw new Refused('StackMissing', `The blue stack ${deployment.blue.stack} does not exist any more.`);
      if (!stands(found.stack))
        throw new Refused(
          'BlueChanged',
          `The blue stack ${deployment.blue.stack} is ${found.stack.status}, so no green is made from it. Start again once it is complete.`,
        );
      const { template, plan } = await planGreen(deps, request, deployment.id, found.stack);
      const [problem] = plan.problems;
      if (problem !== undefined)
        throw new Refused('ParametersChanged', `${problem.on} ${problem.problem} ${problem.remedy}`);
      const { stackId } = await createStack(deps.aws.cloudFormation, {
        name: request.green.stack,
        cluster: request.cluster,
        deployment: deployment.id,
        template,
        parameters: plan.parameters,
        role: deps.stackRole,
      });
      return { stackId, detail: `stack ${request.green.stack} is being created` };
    });
}
