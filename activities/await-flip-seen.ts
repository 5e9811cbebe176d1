import { formatSignpost, signpostName } from 'kafka-bluegreen-switching/signpost';
import {
  awaitAnswers,
  type ExpectedAnswer,
  expectAddresses,
  expectCname,
  expectText,
  loadBalancerAddresses,
  nameServerAddresses,
} from '../aws/lookup.ts';
import type { Activities } from '../contract/activities.ts';
import type { Deployment } from '../contract/deployment.ts';
import { getJson } from '../evidence/store.ts';
import { type Dependencies, endpointOf } from './dependencies.ts';
import { refuseUnlessWritten } from './foreign-records.ts';
import { type OriginalRecords, readRecordsSince } from './read-records.ts';
import { stageSinceFlip } from './signposts.ts';
import { type Pace, perform } from './step.ts';

/**
 * Every name server of a public zone, or every configured resolver for a private one, answers with green, and with the signpost that
 * was written last. INSYNC is Route 53's word; this is what clients see.
 */
export function awaitFlipSeen(deps: Dependencies): Activities['awaitFlipSeen'] {
  return ({ deployment }) =>
    perform(async pace => {
      const original = await getJson<OriginalRecords>(deps.evidence, deployment.evidence.records);
      const servers = original.zonePrivate ? deps.dnsServers : await nameServerAddresses(original.nameServers);
      const expected = await expectedAnswers(deps, deployment, original, pace);
      const seen = await awaitAnswers(servers, expected, pace);
      return {
        dns: seen.map(({ server, name, values, at }) => ({
          server,
          name,
          answer: values.join(', ').slice(0, 300),
          at,
        })),
        detail: `${servers.length} DNS servers answer with ${deployment.writersHold ? 'green, writers held' : 'green'}`,
      };
    });
}

async function expectedAnswers(
  deps: Dependencies,
  deployment: Deployment,
  { zonePrivate }: OriginalRecords,
  pace: Pace,
): Promise<ExpectedAnswer[]> {
  const { record, signpost } = await readRecordsSince(deps, deployment, pace);
  const written = refuseUnlessWritten(deployment, signpost, stageSinceFlip(deployment));
  const text = expectText(signpostName(deployment.record), formatSignpost(written));
  const green = endpointOf(deployment, 'green');
  if (record.kind === 'cname') return [text, expectCname(deployment.record, green.dnsName)];
  const addresses = await loadBalancerAddresses(green.dnsName, zonePrivate ? deps.dnsServers : null);
  return [text, expectAddresses(deployment.record, addresses)];
}
