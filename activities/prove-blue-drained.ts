import type { Activities, StepInput } from '../contract/activities.ts';
import type { Deployment } from '../contract/deployment.ts';
import type { FrozenEnds } from '../contract/frozen.ts';
import type { RunWaiver } from '../contract/messages.ts';
import { getJson, putJson } from '../evidence/store.ts';
import type { Cluster } from '../kafka/cluster.ts';
import { proveFence } from '../kafka/fence.ts';
import { sweepUntilSeen } from '../kafka/group-facts.ts';
import { pauseFor } from '../kafka/retry.ts';
import { goneFrom, refuseChangedTopics } from './blue-topics.ts';
import type { Dependencies } from './dependencies.ts';
import { frozenEnds } from './freeze.ts';
import { type LedgerEvidence, proveEvidence } from './ledger-evidence.ts';
import { refuseUndrained } from './refuse-undrained.ts';
import { scopeOf } from './scope.ts';
import { type Pace, perform, Refused } from './step.ts';
import { proveStillFrozen } from './still-frozen.ts';
import { unlessBlueGone } from './without-blue.ts';

/** Too late for the drain: its groups have left blue. */
const WRITTEN_AFTER_RELEASE =
  'Its groups have left, so what was written since is on blue alone, and blue is not deleted: read those records there, write them to green yourself, then end the run with temporal workflow terminate and delete the stack by hand.';

/** Nothing was seen written: with the fence closed again, what stands on blue is what was read. */
function closeIt(bootstrap: string, topic: string): string {
  return `Blue is not deleted; see who changed its configs, close it again (kafka-configs.sh --bootstrap-server ${bootstrap} --alter --entity-type topics --entity-name ${topic} --add-config max.message.bytes=1), then resume.`;
}

/** As long as an election takes, and a broker to load what it leads then. */
const SEEN_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 500;

/** The key to the deletion: fence, ends, ledger and members, all seen once more, now. */
export function proveBlueDrained(deps: Dependencies): Activities['proveBlueDrained'] {
  return input =>
    perform(pace =>
      unlessBlueGone(
        deps,
        input,
        () => proveDrained(deps, input, pace),
        waiver => goneFor(deps, input.deployment, waiver),
      ),
    );
}

type Answer = Awaited<ReturnType<Activities['proveBlueDrained']>>;

/** What is known of it, and who answers for the rest. */
async function goneFor(deps: Dependencies, { evidence }: Deployment, waiver: RunWaiver): Promise<Answer> {
  const known = { at: new Date().toISOString(), blue: 'gone', waiver, ledger: evidence.ledger ?? null };
  return {
    blue: 'gone',
    evidence: await putJson(deps.evidence, known),
    detail: `somebody deleted blue before the last proof; what nobody had read there was given up by ${waiver.by}: ${waiver.reason}`,
  };
}

async function proveDrained(deps: Dependencies, input: StepInput, pace: Pace): Promise<Answer> {
  const { deployment } = input;
  await proveEvidence(deps, deployment);
  const scope = await scopeOf(deps, input);
  const frozenThen = await frozenEnds(deps, deployment);
  const ref = deployment.evidence.ledger;
  if (ref === undefined)
    throw new Refused('LedgerMissing', 'There is no drain ledger in evidence, so blue is not deleted.');
  const { ledger } = await getJson<LedgerEvidence>(deps.evidence, ref);
  await using blue = await deps.connect(deployment.blue);
  await refuseChangedTopics(blue, scope, frozenThen);
  // Only waived topics can be gone here: their records die with blue in any case.
  const gone = new Set(
    await goneFrom(
      blue,
      frozenThen.topics.map(t => t.topic),
    ),
  );
  const frozen = { ...frozenThen, topics: frozenThen.topics.filter(t => !gone.has(t.topic)) };
  const topics = frozen.topics.map(t => t.topic);
  const open = (await proveFence(blue, topics, 1, pace)).find(p => p.kind !== 'fenced');
  if (open !== undefined)
    throw new Refused(
      'FenceOpen',
      `Partition ${open.topic}-${open.partition} of blue is ${open.kind}, not fenced. ${closeIt(deployment.blue.bootstrap, open.topic)}`,
    );
  // What was written to a waived topic dies with blue like the rest of it.
  const drained = new Set(scope.drained);
  const toBeRead = { ...frozen, topics: frozen.topics.filter(t => drained.has(t.topic)) };
  const unknown = await unseenEnd(blue, toBeRead, pace);
  if (unknown !== undefined)
    throw new Refused(
      'EndsUnknown',
      `Not every replica of blue was seen at its frozen end: ${unknown}. Blue is not deleted; see that all its brokers run and follow, then resume.`,
    );
  const sweep = await sweepUntilSeen(blue, pace);
  if (sweep.kind !== 'complete')
    throw new Refused(
      'GroupsUnknown',
      `Not every group of blue could be seen: ${sweep.reasons.slice(0, 3).join('; ')}. Blue is not deleted; mend it, then resume.`,
    );
  refuseUndrained({
    bootstrap: deployment.blue.bootstrap,
    ledger,
    sweep,
    frozen,
    frozenThen,
    moved: scope.moved,
    dispositions: scope.disposed(sweep),
  });
  const rows = ledger.sealed.flatMap(s => s.rows).length;
  const evidence = await putJson(deps.evidence, {
    at: new Date().toISOString(),
    ledger: ref,
    frozen: deployment.evidence.frozen ?? null,
    groups: ledger.sealed.map(s => s.group),
  });
  return {
    evidence,
    detail: `fence proved on ${topics.length} topics, ends unmoved, ${rows} rows of the ledger drained, no members on blue`,
  };
}

/** The first end that nobody told, after looking again for a while; undefined when every replica was seen at its frozen end. */
async function unseenEnd(blue: Cluster, frozen: FrozenEnds, pace: Pace): Promise<string | undefined> {
  const remedy = { moved: WRITTEN_AFTER_RELEASE, open: closeIt(blue.bootstrap, 'NAME') };
  for (const deadline = Date.now() + SEEN_WITHIN_MS; ; await pauseFor(LOOK_EVERY_MS, pace.signal)) {
    const { leaders, replicas } = await proveStillFrozen(blue, frozen, remedy, pace);
    const [unseen] = [...leaders, ...replicas];
    if (unseen === undefined || Date.now() > deadline) return unseen;
    pace.progress({ phase: 'decommission', unseenEnd: unseen });
  }
}
