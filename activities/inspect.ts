/**
 * Preflight: looks at everything a deployment depends on and changes nothing. Whatever stands in the way is collected, so that one
 * reading of the plan is enough to mend it all.
 */

import { describeStack } from '../aws/stack-describe.ts';
import { allHealthy, targetHealth } from '../aws/targets.ts';
import { templateProblem } from '../aws/template.ts';
import { findZone, type Zone } from '../aws/zone.ts';
import type { Activities, Inspection } from '../contract/activities.ts';
import type { ClusterEndpoint, Deployment } from '../contract/deployment.ts';
import type { Inventory } from '../contract/inventory.ts';
import type { Plan } from '../contract/plan.ts';
import type { Problem } from '../contract/problem.ts';
import type { DeploymentRequest } from '../contract/request.ts';
import { putJson } from '../evidence/store.ts';
import { type Disposal, disposeAll } from '../kafka/dispositions.ts';
import { clusterProblems } from '../kafka/health.ts';
import { takeInventory } from '../kafka/inventory.ts';
import { describeEndpoint } from './await-green-stack.ts';
import { planGreen } from './create-green-stack.ts';
import type { Dependencies } from './dependencies.ts';
import { inspectRecords } from './inspect-records.ts';
import { historyKeptMs, planOf } from './plan.ts';
import type { OriginalRecords } from './records.ts';
import { type Pace, perform } from './step.ts';

/** What could be seen; null where a problem says why not. */
interface Seen {
  readonly problems: Problem[];
  readonly zone: Zone | null;
  readonly records: OriginalRecords | null;
  readonly blue: ClusterEndpoint | null;
  readonly inventory: Inventory | null;
  readonly disposal: Disposal | null;
}

export function inspect(deps: Dependencies): Activities['inspect'] {
  return ({ request, id }) =>
    perform(async pace => {
      const seen = await look(deps, request, id, pace);
      const plan = planOf(request, seen);
      const stored = seen.problems.some(p => p.on === 'evidence store')
        ? null
        : await keep(deps, request, id, seen, plan);
      return {
        plan: { ...plan, inventory: stored?.evidence.inventory ?? null },
        deployment: plan.problems.length === 0 ? stored : null,
        searchAttributes: deps.searchAttributes,
      } satisfies Inspection;
    });
}

async function look(deps: Dependencies, request: DeploymentRequest, id: string, pace: Pace): Promise<Seen> {
  const problems: Problem[] = [];
  /** One look that may fail by itself: its failure is a problem, and the other looks go on. */
  const attempt = async <T>(on: string, remedy: string, body: () => Promise<T>): Promise<T | null> => {
    pace.signal.throwIfAborted();
    pace.progress({ lookingAt: on });
    try {
      return await body();
    } catch (error) {
      if (pace.signal.aborted) throw error;
      problems.push({ on, problem: error instanceof Error ? error.message : String(error), remedy });
      return null;
    }
  };

  await attempt('evidence store', 'Give the worker a folder it can write (KAFKA_BLUEGREEN_EVIDENCE).', () =>
    deps.evidence.check(),
  );
  const zone = await attempt(`record ${request.record}`, 'Check record and the account of the worker.', () =>
    findZone(deps.aws.route53, request.record),
  );
  if (zone?.private === true && deps.dnsServers.length === 0)
    problems.push({
      on: `zone ${zone.zoneName}`,
      problem: 'is private, and no resolver is configured that could be asked whether a flip arrived.',
      remedy: "Set KAFKA_BLUEGREEN_DNS_SERVERS of the worker to the VPC's resolver, such as 10.0.0.2.",
    });
  const blue = await attempt(
    `stack ${request.blue.stack}`,
    'Check blue.stack and the account and region of the worker.',
    () => describeEndpoint(deps, request.blue.stack),
  );
  await attempt(`stack ${request.green.stack}`, 'Check green.', async () =>
    problems.push(...(await greenProblems(deps, request, id))),
  );
  const records =
    zone === null || blue === null
      ? null
      : await attempt(`record ${request.record}`, 'Check record.', async () => {
          const inspected = await inspectRecords(deps, request, zone, blue, id);
          problems.push(...inspected.problems);
          return inspected.records;
        });
  if (blue !== null)
    await attempt(`load balancer of ${blue.stack}`, 'Check the targets of its target group.', async () => {
      const verdict = allHealthy(await targetHealth(deps.aws.elb, blue.targetGroupArn));
      if (verdict.kind !== 'healthy')
        problems.push({
          on: `load balancer of ${blue.stack}`,
          problem: verdict.reason,
          remedy: 'Mend blue first: a deployment starts from a healthy cluster.',
        });
    });
  const met =
    blue === null
      ? null
      : await attempt(`cluster ${blue.stack}`, 'Mend blue first, or let the worker reach it.', () =>
          meetBlue(deps, request, blue, pace),
        );
  if (met !== null) problems.push(...met.problems);
  return {
    problems,
    zone,
    records,
    blue: blue === null || met === null ? null : { ...blue, clusterId: met.inventory.clusterId },
    inventory: met?.inventory ?? null,
    disposal: met?.disposal ?? null,
  };
}

async function greenProblems(deps: Dependencies, request: DeploymentRequest, id: string): Promise<Problem[]> {
  const problems: Problem[] = [];
  const there = await describeStack(deps.aws.cloudFormation, request.green.stack);
  if (there.kind === 'stack' && there.stack.status !== 'DELETE_COMPLETE' && there.stack.deployment !== id)
    problems.push({
      on: `stack ${request.green.stack}`,
      problem: `exists already (${there.stack.status}${there.stack.deployment === null ? '' : `, made by deployment ${there.stack.deployment}`}).`,
      remedy: `Choose another green.stack, or delete it if nobody needs it: aws cloudformation delete-stack --stack-name ${request.green.stack}`,
    });
  const blue = await describeStack(deps.aws.cloudFormation, request.blue.stack);
  if (blue.kind === 'absent') return problems;
  const { plan, template } = await planGreen(deps, request, id, blue.stack);
  const tooLong = template.kind === 'body' ? templateProblem(template) : null;
  return [...problems, ...plan.problems, ...(tooLong === null ? [] : [tooLong])];
}

async function meetBlue(deps: Dependencies, request: DeploymentRequest, blue: ClusterEndpoint, pace: Pace) {
  await using cluster = await deps.connect({ bootstrap: blue.bootstrap });
  const inventory = await takeInventory(cluster, pace.signal);
  const problems = await clusterProblems(cluster, inventory);
  if (inventory.brokers.length !== blue.brokers)
    problems.push({
      on: `cluster ${blue.stack}`,
      problem: `has ${inventory.brokers.length} brokers, but its stack says ${blue.brokers}.`,
      remedy: 'Start the missing brokers, or correct the stack, then plan again.',
    });
  const names = [request.record, ...(request.readRecord === undefined ? [] : [request.readRecord])];
  const throughRecord = inventory.brokers.find(b =>
    names.some(name => b.host.toLowerCase() === name.toLowerCase().replace(/\.$/, '')),
  );
  if (throughRecord !== undefined)
    problems.push({
      on: `broker ${throughRecord.id}`,
      problem: `advertises ${throughRecord.host}, the record that is flipped: clients of blue would land on green.`,
      remedy: "Let every broker advertise an address of its own, never the service's record.",
    });
  const disposal = disposeAll(inventory, request, {
    readRecord: request.readRecord !== undefined,
    waive: request.waive,
  });
  problems.push(...disposal.problems, ...endless(request, inventory, disposal));
  return { inventory, disposal, problems };
}

/** History that is kept for ever would keep blue for ever. */
function endless(request: DeploymentRequest, inventory: Inventory, disposal: Disposal): Problem[] {
  return historyKeptMs(inventory, disposal.dispositions).endless.map(topic => ({
    on: `topic ${topic}`,
    problem: 'keeps its history for ever, so blue could never be deleted.',
    remedy: `Drop historyKept for it in the request of ${request.cluster}, or give the topic a retention.`,
  }));
}

/** Everything later phases read again is in evidence, once nothing essential is missing. */
async function keep(
  deps: Dependencies,
  request: DeploymentRequest,
  id: string,
  seen: Seen,
  plan: Pick<Plan, 'problems'>,
): Promise<Deployment | null> {
  const { zone, records, blue, inventory, disposal } = seen;
  if (zone === null || records === null || blue === null || inventory === null || disposal === null) return null;
  if (plan.problems.length > 0) return null;
  return {
    id,
    cluster: request.cluster,
    record: request.record,
    readRecord: request.readRecord ?? null,
    zoneId: zone.zoneId,
    recordIsAlias: records.record.AliasTarget !== undefined,
    blue,
    green: null,
    epoch: null,
    evidence: {
      request: await putJson(deps.evidence, request),
      inventory: await putJson(deps.evidence, inventory),
      dispositions: await putJson(deps.evidence, disposal.dispositions),
      records: await putJson(deps.evidence, records),
    },
  };
}
