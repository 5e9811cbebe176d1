/** ACLs, quotas and SCRAM users, each by the stable one-line name that a waiver uses. A cluster without an authorizer has no ACLs. */
import {
  AclOperations,
  AclPermissionTypes,
  describeAclsV3,
  describeClientQuotasV1,
  describeUserScramCredentialsV0,
  ResourcePatternTypes,
  ResourceTypes,
} from '@platformatic/kafka';
import type { AclFacts, QuotaFacts, UserFacts } from '../contract/inventory.ts';
import type { Cluster } from './cluster.ts';
import { errorName, troubleOfCode, wholeAnswer } from './errors.ts';
import { patiently } from './retry.ts';

const ANY = 1;
const SCRAM_NAMES: Readonly<Record<number, string>> = { 1: 'SCRAM-SHA-256', 2: 'SCRAM-SHA-512' };

export interface SecurityFacts {
  readonly acls: AclFacts[];
  readonly quotas: QuotaFacts[];
  readonly users: UserFacts[];
}

export async function readSecurityFacts(cluster: Cluster, signal?: AbortSignal): Promise<SecurityFacts> {
  const [acls, quotas, users] = await Promise.all([
    patiently('read the ACLs', () => readAcls(cluster), { signal }),
    patiently('read the quotas', () => readQuotas(cluster), { signal }),
    patiently('read the users', () => readUsers(cluster), { signal }),
  ]);
  return { acls: named(acls), quotas: named(quotas), users: named(users) };
}

async function readAcls(cluster: Cluster): Promise<string[]> {
  const anything = {
    resourceType: ANY,
    resourceName: null,
    resourcePatternType: ANY,
    principal: null,
    host: null,
    operation: ANY,
    permissionType: ANY,
  } as const;
  const answer = await wholeAnswer(describeAclsV3.api.async(await cluster.anyConnection(), anything));
  if (errorName(answer.errorCode) === 'SECURITY_DISABLED') return [];
  if (answer.errorCode !== 0) throw troubleOfCode('read the ACLs', answer.errorCode, answer.errorMessage ?? null);
  return answer.resources.flatMap(r =>
    r.acls.map(acl => {
      const resource = `${labelOf(ResourceTypes, r.resourceType).toLowerCase()} ${r.resourceName}`;
      const pattern = labelOf(ResourcePatternTypes, r.resourcePatternType).toLowerCase();
      const permission = labelOf(AclPermissionTypes, acl.permissionType);
      return `${permission} ${acl.principal} ${labelOf(AclOperations, acl.operation)} ${resource} (${pattern}) from ${acl.host}`;
    }),
  );
}

async function readQuotas(cluster: Cluster): Promise<string[]> {
  const answer = await wholeAnswer(describeClientQuotasV1.api.async(await cluster.anyConnection(), [], false));
  if (answer.errorCode !== 0) throw troubleOfCode('read the quotas', answer.errorCode, answer.errorMessage ?? null);
  return (answer.entries ?? []).flatMap(({ entity, values }) => {
    const who = entity
      .map(e => `${e.entityType}=${e.entityName ?? '<default>'}`)
      .toSorted()
      .toReversed();
    return values.map(({ key, value }) => `${who.join(',')} ${key}=${value}`);
  });
}

async function readUsers(cluster: Cluster): Promise<string[]> {
  const answer = await wholeAnswer(describeUserScramCredentialsV0.api.async(await cluster.anyConnection(), null));
  if (answer.errorCode !== 0) throw troubleOfCode('read the users', answer.errorCode, answer.errorMessage ?? null);
  return answer.results.flatMap(r =>
    r.credentialInfos.map(c => `${r.user} ${SCRAM_NAMES[c.mechanism] ?? `mechanism ${c.mechanism}`}`),
  );
}

function labelOf(labels: Readonly<Record<string, number>>, value: number): string {
  return Object.entries(labels).find(([, v]) => v === value)?.[0] ?? `UNKNOWN_${value}`;
}

function named(names: readonly string[]): { readonly name: string }[] {
  return names.toSorted().map(name => ({ name }));
}
