import { formatSignpost, signpostName } from 'kafka-bluegreen-switching/signpost';
import {
  askServers,
  awaitAnswers,
  type ExpectedAnswer,
  expectAddresses,
  expectCname,
  expectText,
  nameServerAddresses,
} from '../aws/lookup.ts';
import type { Activities } from '../contract/activities.ts';
import type { Deployment } from '../contract/deployment.ts';
import { getJson } from '../evidence/store.ts';
import { type Dependencies, endpointOf } from './dependencies.ts';
import { type OriginalRecords, readRecordsSince } from './records.ts';
import { type Pace, perform, Refused } from './step.ts';

/**
 * Every name server of a public zone, or every configured resolver for a private one, answers with green. INSYNC is Route 53's
 * word; this is what clients see.
 */
export function awaitFlipSeen(deps: Dependencies): Activities['awaitFlipSeen'] {
  return ({ deployment }) =>
    perform(async pace => {
      const original = await getJson<OriginalRecords>(deps.evidence, deployment.evidence.records);
      const servers = original.zonePrivate ? deps.dnsServers : await nameServerAddresses(original.nameServers);
      const expected = await expectedAnswers(deps, deployment, servers, pace);
      const seen = await awaitAnswers(servers, expected, pace);
      return {
        dns: seen.map(({ server, name, values, at }) => ({
          server,
          name,
          answer: values.join(', ').slice(0, 300),
          at,
        })),
        detail: `${servers.length} DNS servers answer with green`,
      };
    });
}

async function expectedAnswers(
  deps: Dependencies,
  deployment: Deployment,
  servers: readonly string[],
  pace: Pace,
): Promise<ExpectedAnswer[]> {
  const { record, signpost } = await readRecordsSince(deps, deployment, pace);
  if (signpost.kind !== 'signpost' || String(signpost.signpost.epoch) !== deployment.epoch)
    throw new Refused(
      'SignpostMoved',
      `The signpost of ${deployment.record} is not the one that this run wrote (epoch ${deployment.epoch}). See who changed it, put it back, then resume.`,
    );
  const text = expectText(signpostName(deployment.record), formatSignpost(signpost.signpost));
  const green = endpointOf(deployment, 'green');
  if (record.kind === 'cname') return [text, expectCname(deployment.record, green.dnsName)];
  const addresses = (await askServers(servers, green.dnsName, 'A')).flatMap(({ answer }) =>
    answer.kind === 'answer' ? answer.values : [],
  );
  return [text, expectAddresses(deployment.record, [...new Set(addresses)])];
}
