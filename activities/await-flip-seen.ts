import { formatSignpost, signpostName } from 'kafka-bluegreen-switching/signpost';
import { NotYet } from '../aws/errors.ts';
import {
  awaitAnswers,
  expectAddresses,
  expectCname,
  expectText,
  loadBalancerAddresses,
  nameServerAddresses,
  type Questions,
} from '../aws/lookup.ts';
import type { Activities } from '../contract/activities.ts';
import type { Deployment } from '../contract/deployment.ts';
import { formatDuration } from '../contract/duration.ts';
import { getJson } from '../evidence/store.ts';
import { firstBegun } from './begun.ts';
import { type Dependencies, endpointOf } from './dependencies.ts';
import { refuseUnlessWritten } from './foreign-records.ts';
import { type OriginalRecords, readRecordsSince } from './read-records.ts';
import { stageSinceFlip } from './signposts.ts';
import { type Pace, perform, Refused } from './step.ts';

/** Name servers have a change when Route 53 says INSYNC, resolvers within a TTL: what is not seen by then waits for a person. */
const SEEN_WITHIN_MS = 10 * 60_000;

/**
 * Every name server of a public zone, or every configured resolver for a private one, answers with green, and with the signpost that
 * was written last. INSYNC is Route 53's word; this is what clients see.
 */
export function awaitFlipSeen(deps: Dependencies): Activities['awaitFlipSeen'] {
  return ({ deployment }) =>
    perform(async pace => {
      const begun = firstBegun();
      pace.carry({ begun });
      const original = await getJson<OriginalRecords>(deps.evidence, deployment.evidence.records);
      const questions = await questionsAfter(deps, deployment, original, pace);
      let missing = '';
      const waiting = {
        ...pace,
        deadlineMs: Math.max(0, begun + SEEN_WITHIN_MS - Date.now()),
        progress: (seen: { readonly waitingFor: string }) => {
          missing = seen.waitingFor;
          pace.progress(seen);
        },
      };
      const seen = await awaitAnswers(questions, waiting).catch((error: unknown) => {
        throw error instanceof NotYet ? unseen(missing) : error;
      });
      return {
        dns: seen.map(({ server, name, values, at }) => ({
          server,
          name,
          answer: values.join(', ').slice(0, 300),
          at,
        })),
        detail: `${new Set(seen.map(({ server }) => server)).size} DNS servers answer with ${deployment.writersHold ? 'green, writers held' : 'green'}`,
      };
    });
}

function unseen(missing: string): Refused {
  return new Refused(
    'FlipUnseen',
    `Not every DNS server answers with the flip ${formatDuration(SEEN_WITHIN_MS)} after it: ${missing} See that the worker reaches each of them (port 53, UDP and TCP) and why it answers so; then resume, and they are asked again; or roll back.`,
  );
}

async function questionsAfter(
  deps: Dependencies,
  deployment: Deployment,
  { zonePrivate, nameServers }: OriginalRecords,
  pace: Pace,
): Promise<() => Promise<Questions>> {
  const { record, signpost } = await readRecordsSince(deps, deployment, pace);
  const written = refuseUnlessWritten(deployment, signpost, stageSinceFlip(deployment));
  const text = expectText(signpostName(deployment.record), formatSignpost(written));
  const green = endpointOf(deployment, 'green');
  return async () => ({
    servers: zonePrivate ? deps.dnsServers : await nameServerAddresses(nameServers),
    expected: [
      text,
      record.kind === 'cname'
        ? expectCname(deployment.record, green.dnsName)
        : expectAddresses(
            deployment.record,
            await loadBalancerAddresses(green.dnsName, zonePrivate ? deps.dnsServers : null),
          ),
    ],
  });
}
