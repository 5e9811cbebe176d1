/** The record, the read record and the signpost as preflight finds them: what the way back restores, and what stands in the way. */

import { signpostName } from 'kafka-bluegreen-switching/signpost';
import { type RecordFound, sameTarget } from '../aws/record.ts';
import type { Zone } from '../aws/zone.ts';
import type { ClusterEndpoint } from '../contract/deployment.ts';
import type { Problem } from '../contract/problem.ts';
import type { DeploymentRequest } from '../contract/request.ts';
import type { Dependencies } from './dependencies.ts';
import { type OriginalRecords, readRecords, type SignpostFound } from './records.ts';

export async function inspectRecords(
  deps: Dependencies,
  request: DeploymentRequest,
  zone: Zone,
  blue: ClusterEndpoint,
  id: string,
): Promise<{ readonly records: OriginalRecords | null; readonly problems: Problem[] }> {
  const now = await readRecords(deps, {
    zoneId: zone.zoneId,
    record: request.record,
    readRecord: request.readRecord ?? null,
  });
  const problems = [
    ...recordProblems(request.record, now.record, blue),
    ...(request.readRecord === undefined || now.readRecord === null
      ? []
      : recordProblems(request.readRecord, now.readRecord, blue)),
    ...signpostProblems(request.record, now.signpost, id),
  ];
  const record = setOf(now.record);
  if (record === null) return { records: null, problems };
  const records = {
    record,
    readRecord: now.readRecord === null ? null : setOf(now.readRecord),
    signpost: now.signpost.kind === 'signpost' ? now.signpost.set : null,
    negativeTtlSeconds: zone.negativeTtlSeconds,
    zonePrivate: zone.private,
    nameServers: [...zone.nameServers],
  };
  return { records, problems };
}

function recordProblems(name: string, found: RecordFound, blue: ClusterEndpoint): Problem[] {
  const on = `record ${name}`;
  switch (found.kind) {
    case 'absent':
      return [{ on, problem: 'does not exist.', remedy: `Create it as a CNAME or an alias of ${blue.dnsName}.` }];
    case 'unsupported':
      return [{ on, problem: found.reason, remedy: `Make it one simple CNAME or alias of ${blue.dnsName}.` }];
    case 'cname':
    case 'alias':
      if (sameTarget(found.host, blue.dnsName)) return [];
      return [
        {
          on,
          problem: `points at ${found.host}, not at blue's load balancer ${blue.dnsName}.`,
          remedy: 'Name the stack in service as blue.stack, or point the record at it.',
        },
      ];
  }
}

function signpostProblems(record: string, signpost: SignpostFound, id: string): Problem[] {
  const on = `signpost ${signpostName(record)}`;
  if (signpost.kind === 'absent') return [];
  if (signpost.kind === 'malformed')
    return [{ on, problem: `${signpost.reason}.`, remedy: 'Correct it, or delete it if no client uses it yet.' }];
  const { by } = signpost.signpost;
  if (by === null || by === id) return [];
  return [
    {
      on,
      problem: `belongs to deployment ${by}, which did not come to its end here.`,
      remedy: `See its run (temporal workflow list --query "KafkaCluster = '…'"); when it is terminated, follow docs/leftovers.md.`,
    },
  ];
}

function setOf(found: RecordFound) {
  return found.kind === 'cname' || found.kind === 'alias' ? found.set : null;
}
