import { readClusterOutputs } from '../aws/outputs.ts';
import { pollUntil, type Waiting } from '../aws/poll.ts';
import { waitForStack } from '../aws/stack.ts';
import { describeStack, type StackFacts, stackEvents } from '../aws/stack-describe.ts';
import { unfinished } from '../aws/stack-events.ts';
import { allHealthy, targetHealth } from '../aws/targets.ts';
import type { Activities } from '../contract/activities.ts';
import type { ClusterEndpoint } from '../contract/deployment.ts';
import { formatDuration } from '../contract/duration.ts';
import type { DeploymentRequest } from '../contract/request.ts';
import { getJson } from '../evidence/store.ts';
import { firstBegun } from './begun.ts';
import type { Dependencies } from './dependencies.ts';
import { refusalOfGreen } from './green-brokers.ts';
import { perform, Refused } from './step.ts';

/**
 * Green serves: its stack is complete, every registered target is healthy (none at all is not), every broker answers by its own
 * address and one through the load balancer, and no address is one of blue's.
 */
export function awaitGreenStack(deps: Dependencies): Activities['awaitGreenStack'] {
  return ({ deployment, stackId }) =>
    perform(async pace => {
      const request = await getJson<DeploymentRequest>(deps.evidence, deployment.evidence.request);
      const begun = firstBegun();
      pace.carry({ begun });
      const left = () => begun + request.provision.deadline - Date.now();
      try {
        const green = await completeStack(deps, stackId, { ...pace, deadlineMs: Math.max(0, left()) });
        await awaitHealthyTargets(deps, green.targetGroupArn, { ...pace, deadlineMs: Math.max(0, left()) });
        const clusterId = await meetEveryBroker(deps, green, deployment.blue);
        return { green: { ...green, clusterId }, detail: `${green.brokers} brokers answer by their own addresses` };
      } catch (error) {
        if (error instanceof Refused || pace.signal.aborted || left() > 0) throw error;
        const missing = error instanceof Error ? error.message : String(error);
        const inCreation = await stillCreated(deps, stackId);
        throw new Refused(
          'ProvisionExpired',
          `Green was not up within ${formatDuration(request.provision.deadline)}. ${missing}${inCreation}`,
        );
      }
    });
}

async function completeStack(deps: Dependencies, stackId: string, waiting: Waiting): Promise<ClusterEndpoint> {
  const result = await waitForStack(deps.aws.cloudFormation, stackId, waiting);
  if (result.kind === 'failed') throw new Refused('StackFailed', result.reason);
  if (result.kind === 'gone')
    throw new Refused('StackFailed', 'The green stack was deleted by somebody while it was being created.');
  return endpointOfStack(result.stack);
}

/** What a creation that takes too long still waits for, as far as that can be seen. */
async function stillCreated(deps: Dependencies, stackId: string): Promise<string> {
  const resources = unfinished(await stackEvents(deps.aws.cloudFormation, stackId).catch(() => []));
  return resources.length === 0 ? '' : ` Still being created: ${resources.join(', ')}.`;
}

/** A cluster as its stack describes it; the cluster id is not known from the stack alone and is left empty. */
export async function describeEndpoint(deps: Pick<Dependencies, 'aws'>, stack: string): Promise<ClusterEndpoint> {
  const found = await describeStack(deps.aws.cloudFormation, stack);
  if (found.kind === 'absent')
    throw new Refused(
      'StackMissing',
      `Stack ${stack} does not exist. Check the name, the account and the region of the worker.`,
    );
  return endpointOfStack(found.stack);
}

function endpointOfStack(facts: StackFacts): ClusterEndpoint {
  const read = readClusterOutputs(facts.name, facts.outputs);
  if (read.kind === 'incomplete') {
    throw new Refused('OutputsMissing', read.problems.map(p => `${p.on} ${p.problem} ${p.remedy}`).join(' '));
  }
  const { outputs } = read;
  const said = (name: string) => facts.outputs[name] ?? facts.parameters[name];
  return {
    stack: facts.name,
    stackId: facts.stackId,
    clusterId: '',
    version: said('KafkaVersion') ?? 'unknown',
    mode: said('MetadataMode') === 'zookeeper' ? 'zookeeper' : 'kraft',
    bootstrap: outputs.bootstrapServers,
    dnsName: outputs.bootstrapDnsName,
    hostedZoneId: outputs.bootstrapHostedZoneId,
    targetGroupArn: outputs.targetGroupArn,
    brokers: outputs.brokerCount,
  };
}

async function awaitHealthyTargets(deps: Dependencies, targetGroupArn: string, waiting: Waiting): Promise<void> {
  await pollUntil(async () => {
    const verdict = allHealthy(await targetHealth(deps.aws.elb, targetGroupArn));
    return verdict.kind === 'healthy'
      ? { kind: 'done', value: undefined }
      : { kind: 'waiting', waitingFor: verdict.reason };
  }, waiting);
}

async function meetEveryBroker(deps: Dependencies, green: ClusterEndpoint, blue: ClusterEndpoint): Promise<string> {
  await using cluster = await deps.connect({ bootstrap: green.bootstrap });
  await using blueCluster = await deps.connect(blue);
  const brokers = await cluster.brokers();
  const refusal = refusalOfGreen(
    green,
    { clusterId: cluster.clusterId, brokers },
    { clusterId: blueCluster.clusterId, brokers: await blueCluster.brokers() },
  );
  if (refusal !== null) throw refusal;
  for (const broker of brokers) await cluster.connectionTo(broker.id);
  return cluster.clusterId;
}
