/** The record, the read record and the signpost as preflight finds them: what the way back restores, and what stands in the way. */

import { signpostName } from 'kafka-bluegreen-switching/signpost';
import { type RecordFound, sameTarget } from '../aws/record.ts';
import type { Zone } from '../aws/zone.ts';
import type { ClusterEndpoint } from '../contract/deployment.ts';
import type { Problem } from '../contract/problem.ts';
import type { DeploymentRequest } from '../contract/request.ts';
import type { OriginalRecords, RecordsNow, SignpostFound } from './read-records.ts';
import { belongsTo, type Unfinished } from './unfinished.ts';

/** What the way back restores; null where the record is nothing that could be restored. */
export function originalRecords(now: RecordsNow, zone: Zone): OriginalRecords | null {
  const record = setOf(now.record);
  if (record === null) return null;
  return {
    record,
    readRecord: now.readRecord === null ? null : setOf(now.readRecord),
    signpost: now.signpost.kind === 'signpost' ? now.signpost.set : null,
    negativeTtlSeconds: zone.negativeTtlSeconds,
    zonePrivate: zone.private,
    nameServers: [...zone.nameServers],
  };
}

/** Where an unfinished deployment sends the names is told with it, not as a mistake of theirs. Without blue its address is not known. */
export function recordsProblems(
  request: DeploymentRequest,
  now: RecordsNow,
  blue: ClusterEndpoint | null,
  unfinished: Unfinished | null,
): Problem[] {
  const names: [string, RecordFound | null][] = [
    [request.record, now.record],
    [request.readRecord ?? '', now.readRecord],
  ];
  const signposted = unfinished !== null && belongsTo(unfinished.id, now.signpost);
  return [
    ...names.flatMap(([name, found]) => {
      if (found === null || (signposted && (found.kind === 'cname' || found.kind === 'alias'))) return [];
      return recordProblems(name, found, blue);
    }),
    ...(now.signpost.kind === 'malformed' ? [malformed(request.record, now.signpost.reason)] : []),
    ...misaddressed(request.record, now.signpost, blue, signposted),
  ];
}

function recordProblems(name: string, found: RecordFound, blue: ClusterEndpoint | null): Problem[] {
  const on = `record ${name}`;
  const target = blue?.dnsName ?? "blue's load balancer";
  switch (found.kind) {
    case 'absent':
      return [{ on, problem: 'does not exist.', remedy: `Create it as a CNAME or an alias of ${target}.` }];
    case 'unsupported':
      return [{ on, problem: found.reason, remedy: `Make it one simple CNAME or alias of ${target}.` }];
    case 'cname':
    case 'alias':
      if (blue === null || sameTarget(found.host, blue.dnsName)) return [];
      return [
        {
          on,
          problem: `points at ${found.host}, not at blue's load balancer ${blue.dnsName}.`,
          remedy: 'Name the stack in service as blue.stack, or point the record at it.',
        },
      ];
  }
}

function malformed(record: string, reason: string): Problem {
  return {
    on: `signpost ${signpostName(record)}`,
    problem: `${reason}.`,
    remedy: 'Correct it, or delete it if no client uses it yet.',
  };
}

/** A steady signpost that leads away from blue: the clients that follow it are not where the record says. */
function misaddressed(
  record: string,
  found: SignpostFound,
  blue: ClusterEndpoint | null,
  signposted: boolean,
): Problem[] {
  if (found.kind !== 'signpost' || blue === null || signposted) return [];
  const { write, read, addresses } = found.signpost;
  const ids = new Set([...(write.kind === 'cluster' ? [write.id] : []), read]);
  const astray = [...ids].find(id => addresses.get(id)?.toLowerCase() !== blue.bootstrap.toLowerCase());
  if (write.kind === 'cluster' && astray === undefined) return [];
  return [
    {
      on: `signpost ${signpostName(record)}`,
      problem:
        astray === undefined
          ? 'tells writers to hold, and belongs to no deployment.'
          : `leads clients to ${addresses.get(astray) ?? astray}, not to blue's ${blue.bootstrap}.`,
      remedy: 'Name the stack in service as blue.stack, or correct the signpost under a higher epoch.',
    },
  ];
}

function setOf(found: RecordFound) {
  return found.kind === 'cname' || found.kind === 'alias' ? found.set : null;
}
