import type { Activities, StepInput } from '../contract/activities.ts';
import type { Deployment } from '../contract/deployment.ts';
import { listed } from '../contract/listed.ts';
import { ALL_OF_GREEN } from '../contract/messages.ts';
import { putJson } from '../evidence/store.ts';
import { OUR_KEYS } from '../kafka/fence.ts';
import { setKeep } from '../kafka/keep.ts';
import { readOriginals } from '../kafka/originals.ts';
import { goneFrom } from './blue-topics.ts';
import { type Dependencies, endpointOf } from './dependencies.ts';
import { freezeAll } from './freeze-all.ts';
import { guarded } from './guard.ts';
import { scopeOf } from './scope.ts';
import { type Pace, perform, Refused } from './step.ts';
import { mostStranded, strandedOffsets } from './stranded.ts';
import { done, originalConfigs } from './topic-configs.ts';
import { topicsOfGreen } from './topics-of-green.ts';

/** Green takes no record any more; what it holds is counted by topic and kept, for a rollback leaves it there. */
export function freezeGreen(deps: Dependencies): Activities['freezeGreen'] {
  return input =>
    perform(async pace => {
      try {
        return await freezeAndCount(deps, input, pace);
      } catch (error) {
        if (error instanceof Refused && error.type === 'StackGone') return withoutGreen(deps, input, error);
        throw error;
      }
    });
}

async function freezeAndCount(deps: Dependencies, input: StepInput, pace: Pace): ReturnType<Activities['freezeGreen']> {
  const scope = await scopeOf(deps, { ...input, waivers: [] });
  await using green = await deps.connect(endpointOf(input.deployment, 'green'));
  const gone = new Set(await goneFrom(green, scope.fenced));
  // What applications created on green since the flip is nowhere else either: it is kept and counted too.
  const known = new Set(scope.disposed({ groups: [] }).topics.map(t => t.topic));
  const born = (await topicsOfGreen(deps, input.deployment, green)).filter(topic => !known.has(topic));
  const { green: saved } = await originalConfigs(deps, input.deployment);
  const originals = { ...saved, ...(await readOriginals(green, born, OUR_KEYS, pace)) };
  const fenced = [...scope.fenced.filter(topic => !gone.has(topic)), ...born];
  const mine = guarded(deps, input.deployment, 'writes-held', pace);
  // Topics that were waived on blue too: what they took since the flip is on green alone.
  done(await setKeep(green, fenced, originals, mine), 'green');
  // Nothing is deleted on this proof, and writers hold: a replica that is away must not hold up the way back.
  const { frozen, unseen } = await freezeAll(
    deps,
    { cluster: green, colour: 'green', topics: fenced, waived: new Set(), originals, seenBy: 'leaders' },
    mine,
  );
  const stranded = strandedOffsets(frozen);
  const total = Object.values(stranded).reduce((sum, n) => sum + BigInt(n), 0n);
  return {
    evidence: await putJson(deps.evidence, { frozen, stranded }),
    stranded: mostStranded(stranded),
    detail: [
      total === 0n
        ? 'green is fenced and holds no record'
        : `green is fenced and keeps ${total} offsets: ${describeStranded(input.deployment, stranded)}`,
      ...(unseen.length === 0
        ? []
        : [`replicas not seen there, so counted by their leaders alone: ${listed(unseen, 3)}`]),
    ].join('; '),
  };
}

/** Somebody deleted green with what it had acknowledged. The traffic goes back without it once somebody answers for that. */
async function withoutGreen(
  deps: Dependencies,
  { waivers }: StepInput,
  { message }: Refused,
): ReturnType<Activities['freezeGreen']> {
  const waiver = waivers.find(w => w.kind === 'topic' && w.name === ALL_OF_GREEN);
  if (waiver === undefined)
    throw new Refused(
      'StackGone',
      `${message} The traffic goes back to blue without them once somebody answers for that: waive topic ${ALL_OF_GREEN}, and say why.`,
    );
  return {
    evidence: await putJson(deps.evidence, { stranded: 'unknown', waiver }),
    stranded: 'unknown',
    detail: `somebody deleted green; what it had acknowledged was given up by ${waiver.by}: ${waiver.reason}`,
  };
}

function describeStranded(deployment: Deployment, stranded: Readonly<Record<string, string>>): string {
  const counts = Object.entries(stranded).map(([topic, count]) => `${topic} ${count}`);
  const { stack } = endpointOf(deployment, 'green');
  return `${listed(counts, 5)} (delete: aws cloudformation delete-stack --stack-name ${stack})`;
}
