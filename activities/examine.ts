/**
 * The worker looks at everything that it needs and changes nothing: what it finds is said by name, each with what to do. Rights to
 * change something are not tried, not even by EC2's DryRun: between a cluster in service and its stop there would be one flag. Without a
 * request it looks at what every deployment needs; with one also at that deployment's record, stacks and cluster.
 */
import { AwsRefused } from '../aws/errors.ts';
import { whoAmI } from '../aws/identity.ts';
import { instancesOfStack } from '../aws/instances.ts';
import { askServers } from '../aws/lookup.ts';
import { protectionOf } from '../aws/protection.ts';
import { describeStack, type StackFacts, stackEvents } from '../aws/stack-describe.ts';
import { targetHealth } from '../aws/targets.ts';
import { declaredParameters, readTemplateOf } from '../aws/template.ts';
import { findZone } from '../aws/zone.ts';
import type { Activities } from '../contract/activities.ts';
import type { Finding } from '../contract/diagnosis.ts';
import type { DeploymentRequest } from '../contract/request.ts';
import { workersSearchAttributes } from '../contract/search-attributes.ts';
import { describeEndpoint } from './await-green-stack.ts';
import type { Dependencies } from './dependencies.ts';
import { explain, type Pace, perform, Refused } from './step.ts';

/** A look that nobody answers is trouble after this long. */
const LOOK_WITHIN_MS = 30_000;
/** No stack of ours has this name: that AWS says so shows that the worker may ask. */
const NO_STACK = 'kafka-bluegreen-doctor';
/** A name that nobody has (RFC 6761): a resolver that denies it is one that answers. */
const NO_NAME = 'kafka-bluegreen-doctor.invalid';

/** One look: what it saw, or null when there was nothing to look at. */
interface Look {
  readonly on: string;
  readonly look: () => Promise<string>;
  readonly remedy: string;
}

export function examine(deps: Dependencies): Activities['examine'] {
  return ({ request }) =>
    perform(async pace => {
      const findings: Finding[] = [];
      for (const one of looks(deps, request)) findings.push('look' in one ? await take(one, pace) : one);
      return { findings };
    });
}

async function take({ on, look, remedy }: Look, pace: Pace): Promise<Finding> {
  pace.signal.throwIfAborted();
  pace.progress({ lookingAt: on });
  const late = new Promise<never>((_, reject) => {
    const after = `Nothing answered within ${LOOK_WITHIN_MS / 1_000} s.`;
    AbortSignal.timeout(LOOK_WITHIN_MS).addEventListener('abort', () => reject(new Refused('NoAnswer', after)));
  });
  try {
    return { on, state: 'good', saw: await Promise.race([look(), late]), remedy: null };
  } catch (error) {
    if (pace.signal.aborted) throw error;
    return { on, state: 'trouble', saw: explain(error), remedy };
  }
}

function looks(deps: Dependencies, request: DeploymentRequest | null): (Look | Finding)[] {
  const lacking = workersSearchAttributes(deps.searchAttributes);
  return [
    {
      on: 'AWS identity',
      look: async () => {
        const { account, arn, region } = await whoAmI(deps.aws.sts);
        return `${arn} in account ${account}, region ${region}`;
      },
      remedy:
        "Give the worker credentials by the SDK's own rules (a role, AWS_PROFILE, AWS_ACCESS_KEY_ID) and AWS_REGION.",
    },
    {
      on: 'Route 53',
      look: async () => {
        if (request === null) return zonesMayBeListed(deps);
        const zone = await findZone(deps.aws.route53, request.record);
        return `${request.record} is in ${zone.private ? 'private' : 'public'} zone ${zone.zoneName} (${zone.zoneId})`;
      },
      remedy: "Give the worker's role the statements of docs/aws.md, and name a record of its account.",
    },
    {
      on: 'CloudFormation',
      look: async () => {
        const found = await describeStack(deps.aws.cloudFormation, request?.blue.stack ?? NO_STACK);
        if (request === null) return 'stacks may be described';
        if (found.kind === 'absent') throw new Refused('StackMissing', `There is no stack ${request.blue.stack}.`);
        await readAll(deps, found.stack);
        return `${request.blue.stack} is ${found.stack.status}; its template, policy and events can be read`;
      },
      remedy: "Give the worker's role the statements of docs/aws.md; check blue.stack, account and region.",
    },
    ...(request === null
      ? ['load balancer', 'EC2', 'Kafka', 'DNS servers'].map(on =>
          notLookedAt(on, 'Only a request says of which cluster: kafka-bluegreen doctor request.yaml'),
        )
      : [...looksAtBlue(deps, request), ...looksAtDns(deps, request)]),
    {
      on: 'evidence store',
      look: async () => {
        await deps.evidence.check();
        return 'a probe was written, read back and removed';
      },
      remedy:
        'Give the worker a folder it can write (KAFKA_BLUEGREEN_EVIDENCE), the same for every worker, on a disk that is backed up.',
    },
    ...(lacking === null ? [] : [lacking]),
    notLookedAt(
      'rights to change',
      'Making, stopping and deleting stacks, passing the role for them, and changing records were not tried: nothing was changed. docs/aws.md has the policy that grants them.',
    ),
  ];
}

/** What preflight and the deletion read of a stack; what may not be read is refused by AWS, by name. */
async function readAll({ aws: { cloudFormation } }: Dependencies, stack: StackFacts): Promise<void> {
  await declaredParameters(cloudFormation, await readTemplateOf(cloudFormation, stack.name));
  await protectionOf(cloudFormation, stack);
  await stackEvents(cloudFormation, stack.stackId);
}

function looksAtBlue(deps: Dependencies, { blue: { stack } }: DeploymentRequest): Look[] {
  const blue = () => describeEndpoint(deps, stack);
  return [
    {
      on: 'load balancer',
      look: async () => {
        const targets = await targetHealth(deps.aws.elb, (await blue()).targetGroupArn);
        const healthy = targets.filter(t => t.health.kind === 'healthy').length;
        return `${healthy} of ${targets.length} targets of ${stack} are healthy`;
      },
      remedy: "Give the worker's role the statements of docs/aws.md, and mend what is not healthy.",
    },
    {
      on: 'EC2',
      look: async () => {
        const instances = await instancesOfStack(deps.aws, (await blue()).stackId);
        const running = instances.filter(({ state }) => state === 'running');
        return `${running.length} of ${instances.length} instances of ${stack} run`;
      },
      remedy:
        "Give the worker's role the statements of docs/aws.md: blue's instances are stopped before blue is deleted.",
    },
    {
      on: 'Kafka',
      look: async () => {
        await using cluster = await deps.connect({ bootstrap: (await blue()).bootstrap });
        const brokers = await cluster.brokers();
        for (const { id } of brokers) await cluster.connectionTo(id);
        return `cluster ${cluster.clusterId}: each of ${brokers.length} brokers answers by its own address`;
      },
      remedy:
        'Let the worker reach every broker by its advertised address, and check KAFKA_BLUEGREEN_KAFKA_SECURITY. What it may do there, the plan says.',
    },
  ];
}

/** No zone answers for the name: that AWS says so shows that the worker may ask. */
async function zonesMayBeListed(deps: Dependencies): Promise<string> {
  try {
    await findZone(deps.aws.route53, NO_NAME);
  } catch (error) {
    if (!(error instanceof AwsRefused)) throw error;
  }
  return 'hosted zones may be listed';
}

function looksAtDns({ dnsServers }: Dependencies, { record }: DeploymentRequest): (Look | Finding)[] {
  const on = 'DNS servers';
  if (dnsServers.length === 0)
    return [
      notLookedAt(
        on,
        "None is configured (KAFKA_BLUEGREEN_DNS_SERVERS): a public zone's own name servers are asked, a private zone needs its VPC's resolver.",
      ),
    ];
  const remedy = 'Correct KAFKA_BLUEGREEN_DNS_SERVERS, or let the worker reach them (UDP and TCP port 53).';
  return [{ on, look: () => dnsAnswers(dnsServers, record), remedy }];
}

async function dnsAnswers(servers: readonly string[], name: string): Promise<string> {
  const answers = await askServers(servers, name, 'CNAME');
  const failed = answers.flatMap(({ server, answer }) =>
    answer.kind === 'failed' ? [`${server}: ${answer.reason}`] : [],
  );
  if (failed.length > 0) throw new Refused('DnsFailed', `${failed.join('; ')}.`);
  return `${servers.join(', ')} ${servers.length === 1 ? 'answers' : 'answer'}`;
}

function notLookedAt(on: string, saw: string): Finding {
  return { on, state: 'not looked at', saw, remedy: null };
}
