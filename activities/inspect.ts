/**
 * Preflight: looks at everything a deployment depends on and changes nothing. Whatever stands in the way is collected, so that one
 * reading of the plan is enough to mend it all.
 */

import { pollUntil } from '../aws/poll.ts';
import { protectionOf } from '../aws/protection.ts';
import { describeStack, type StackFacts } from '../aws/stack-describe.ts';
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
import type { Disposal } from '../kafka/dispositions.ts';
import { describeEndpoint } from './await-green-stack.ts';
import { planGreen } from './create-green-stack.ts';
import type { Dependencies } from './dependencies.ts';
import { meetBlue } from './inspect-blue.ts';
import { dnsProblems } from './inspect-dns.ts';
import { originalRecords, recordsProblems } from './inspect-records.ts';
import { planOf } from './plan.ts';
import { type OriginalRecords, readRecords } from './read-records.ts';
import { explain, type Pace, perform } from './step.ts';
import { findUnfinished, type Unfinished, unfinishedProblems } from './unfinished.ts';

/** As long as AWS may limit calls or fail in passing. */
const PATIENCE_MS = 60_000;

/** What could be seen; null where a problem says why not. */
interface Seen {
  readonly problems: Problem[];
  readonly notes: readonly string[];
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
      problems.push({ on, problem: explain(error), remedy });
      return null;
    }
  };

  /** AWS has bad moments: a look at it is tried again for a while before its trouble is one of the plan's problems. */
  const patiently = <T>(body: () => Promise<T>) =>
    pollUntil(async () => ({ kind: 'done', value: await body() }), { ...pace, deadlineMs: PATIENCE_MS });

  await attempt('evidence store', 'Give the worker a folder it can write (KAFKA_BLUEGREEN_EVIDENCE).', () =>
    deps.evidence.check(),
  );
  const zone = await attempt(`record ${request.record}`, 'Check record and the account of the worker.', () =>
    patiently(() => findZone(deps.aws.route53, request.record)),
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
    () => patiently(() => describeEndpoint(deps, request.blue.stack)),
  );
  const now =
    zone === null
      ? null
      : await attempt(`record ${request.record}`, 'Check record.', () =>
          patiently(() =>
            readRecords(deps, {
              zoneId: zone.zoneId,
              record: request.record,
              readRecord: request.readRecord ?? null,
            }),
          ),
        );
  const green = await attempt(`stack ${request.green.stack}`, 'Check green.', async () => {
    const found = await patiently(() => describeStack(deps.aws.cloudFormation, request.green.stack));
    return found.kind === 'stack' && found.stack.status !== 'DELETE_COMPLETE' ? found.stack : null;
  });
  const unfinished = await findUnfinished(deps, { id, cluster: request.cluster, records: now, green });
  await attempt(`stack ${request.green.stack}`, 'Check green.', async () =>
    problems.push(...taken(green, id, unfinished), ...(await patiently(() => greenProblems(deps, request, id)))),
  );
  if (now !== null) problems.push(...recordsProblems(request, now, blue, unfinished));
  if (zone !== null && now !== null)
    await attempt(`zone ${zone.zoneName}`, "Let the worker look up and reach the zone's name servers.", async () =>
      problems.push(...(await dnsProblems(zone, deps.dnsServers, request.record, now.record))),
    );
  if (blue !== null)
    await attempt(`load balancer of ${blue.stack}`, 'Check the targets of its target group.', async () => {
      const verdict = allHealthy(await patiently(() => targetHealth(deps.aws.elb, blue.targetGroupArn)));
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
          meetBlue(deps, request, blue, unfinished, pace),
        );
  if (met !== null) problems.push(...met.problems);
  const inventory = met?.inventory ?? null;
  if (unfinished !== null)
    problems.unshift(
      ...unfinishedProblems(unfinished, {
        record: request.record,
        zoneId: zone?.zoneId ?? null,
        records: now,
        green,
        topics: met?.leftovers ?? [],
        bootstrap: blue?.bootstrap ?? 'BLUE',
      }),
    );
  return {
    problems,
    notes: [...(await protectionNotes(deps, request.blue.stack)), ...(met?.notes ?? [])],
    zone,
    records: zone === null || now === null ? null : originalRecords(now, zone),
    blue: blue === null || inventory === null ? null : { ...blue, clusterId: inventory.clusterId },
    inventory,
    disposal: met?.disposal ?? null,
  };
}

/** Green's name must be free; what an unfinished deployment made of it is told there. */
function taken(green: StackFacts | null, id: string, unfinished: Unfinished | null): Problem[] {
  if (green === null || green.deployment === id) return [];
  if (green.deployment !== null && green.deployment === unfinished?.id) return [];
  return [
    {
      on: `stack ${green.name}`,
      problem: `exists already (${green.status}${green.deployment === null ? '' : `, made by deployment ${green.deployment}`}).`,
      remedy: `Choose another green.stack, or delete it if nobody needs it: aws cloudformation delete-stack --stack-name ${green.name}`,
    },
  ];
}

/** Deletion comes last, but whoever is protected wants to be asked early. */
async function protectionNotes(deps: Dependencies, stack: string): Promise<string[]> {
  try {
    const found = await describeStack(deps.aws.cloudFormation, stack);
    if (found.kind === 'absent') return [];
    const protection = await protectionOf(deps.aws.cloudFormation, found.stack);
    if (protection.kind === 'none') return [];
    const what = protection.kind === 'stack-policy' ? 'a stack policy' : 'termination protection';
    return [
      `Stack ${stack} has ${what}: the run will hold before it deletes blue. If it may go then, lift it: ${protection.command}`,
    ];
  } catch (error) {
    return [
      `Whether stack ${stack} is protected from deletion could not be read: ${error instanceof Error ? error.message : String(error)}`,
    ];
  }
}

async function greenProblems(deps: Dependencies, request: DeploymentRequest, id: string): Promise<Problem[]> {
  const blue = await describeStack(deps.aws.cloudFormation, request.blue.stack);
  if (blue.kind === 'absent') return [];
  const { plan, template } = await planGreen(deps, request, id, blue.stack);
  const tooLong = template.kind === 'body' ? templateProblem(template) : null;
  return [...plan.problems, ...(tooLong === null ? [] : [tooLong])];
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
    writersHold: false,
    evidence: {
      request: await putJson(deps.evidence, request),
      inventory: await putJson(deps.evidence, inventory),
      dispositions: await putJson(deps.evidence, disposal.dispositions),
      records: await putJson(deps.evidence, records),
    },
  };
}
