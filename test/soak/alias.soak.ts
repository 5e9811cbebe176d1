/**
 * A service whose record is an alias of Route 53 at blue's load balancer. It has no TTL that could be lowered: whatever a cache
 * holds, it holds for the load balancer's 60 seconds, and every wait of a deployment is as long.
 */
import assert from 'node:assert/strict';
import { Resolver } from 'node:dns/promises';
import { describe, type TestContext, test } from 'node:test';
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import type { LoadBalancerName } from '../../aws/record.ts';
import { ALIAS_TTL_SECONDS } from '../../contract/deployment.ts';
import type { Report } from '../../contract/report.ts';
import { closeAws, localAws } from '../../local/aws-clients.ts';
import { putRecord } from '../../local/network.ts';
import type { LocalStack } from '../../local/stack.ts';
import { until } from '../../local/until.ts';
import { RECORD } from '../e2e/deployment.ts';
import { Service } from '../e2e/service.ts';
import { guarantee } from '../support/guarantee.ts';

describe('a deployment whose record is an alias', { concurrency: 1 }, () => {
  test(
    ...guarantee(
      { promise: 'nothingLost', fault: "the record is an alias at blue's load balancer" },
      'waits out the 60 s that its answers live, costs no record, and leaves the same alias at green',
      async context => {
        const service = await started(context);
        const { eyes, operator, traffic } = service;
        const found = await eyes.record();
        assert.ok(found.AliasTarget, 'the record is an alias');
        await service.toTheGate();
        assert.deepEqual(await eyes.record(), found, 'it has no TTL to be lowered');
        assert.equal((await eyes.signpostSet())?.TTL, ALIAS_TTL_SECONDS);
        await operator.approve('flip');
        const report = await service.replaceBlue();
        assertWaitedOut(report);
        assert.deepEqual(withoutTarget(await eyes.record()), withoutTarget(found));
        assert.equal((await eyes.record()).AliasTarget?.DNSName?.replace(/\.$/, ''), await dnsNameOf(service, report));
        const { acknowledgedOn } = await traffic.assertClean();
        context.diagnostic(`acknowledged: ${JSON.stringify(acknowledgedOn)}`);
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'returns', fault: "a rollback where the record is an alias at blue's load balancer" },
      'goes back to the alias as it was found: green keeps what it took, counted, and no record is lost',
      async context => {
        const service = await started(context);
        await service.toTheGate();
        await service.operator.approve('flip');
        await service.in('drain');
        const report = await service.takeBack('rollback', 'drain');
        assertWaitedOut(report);
        assert.ok(Object.keys(report.stranded ?? {}).length > 0, 'green took records');
        await service.assertRolledBack(report);
        await service.traffic.assertClean();
      },
    ),
  );
});

async function started(context: TestContext): Promise<Service> {
  const service = await Service.start(local => at => pointAlias(local, at));
  context.after(() => service.stop());
  return service;
}

async function pointAlias(local: LocalStack, { dnsName, hostedZoneId }: LoadBalancerName): Promise<void> {
  const aws = localAws(local.awsEndpoint);
  try {
    await putRecord(aws, local.zone.id, {
      Name: RECORD,
      Type: 'A',
      // As the console writes it.
      AliasTarget: { DNSName: `dualstack.${dnsName}`, HostedZoneId: hostedZoneId, EvaluateTargetHealth: false },
    });
  } finally {
    closeAws(aws);
  }
  const authority = new Resolver();
  authority.setServers([local.dns.authority]);
  const addresses = (name: string) => authority.resolve4(name).catch(() => []);
  await until(
    "the record has the load balancer's address",
    async () => {
      const [record, balancer] = [await addresses(RECORD), await addresses(dnsName)];
      return record.length > 0 && record.join() === balancer.join();
    },
    { withinMs: 30_000 },
  );
}

/** Nobody may still be led to blue by a cache when it is fenced. */
function assertWaitedOut({ phases }: Report): void {
  const began = (phase: string) => Date.parse(phases.find(p => p.phase === phase)?.startedAt ?? '');
  const waitedMs = began('freeze') - began('settle');
  assert.ok(waitedMs >= ALIAS_TTL_SECONDS * 1_000, `blue was fenced ${waitedMs} ms after the flip was seen`);
}

function withoutTarget({ AliasTarget, ...set }: ResourceRecordSet): object {
  const { DNSName: _, ...alias } = AliasTarget ?? {};
  return { ...set, alias };
}

async function dnsNameOf({ eyes }: Service, { green }: Report): Promise<string> {
  return (await eyes.bootstrap(green.stack)).split(':')[0] ?? '';
}
