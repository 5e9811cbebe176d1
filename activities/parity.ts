import type { Activities, StepInput } from '../contract/activities.ts';
import type { Dispositions } from '../contract/dispositions.ts';
import type { Inventory } from '../contract/inventory.ts';
import type { DeploymentRequest } from '../contract/request.ts';
import { getJson, putJson } from '../evidence/store.ts';
import type { Cluster } from '../kafka/cluster.ts';
import { takeInventory } from '../kafka/inventory.ts';
import { keysGreenLacks, type ParityDifference, parityDiff } from '../kafka/parity.ts';
import { copyTopics as copyTopicsTo } from '../kafka/parity-apply.ts';
import { waiverToFill } from '../kafka/waivers.ts';
import { type Dependencies, endpointOf } from './dependencies.ts';
import { scopeOf } from './scope.ts';
import { perform, Refused } from './step.ts';

/** Green has blue's topics as they are now: partitions, replicas and configs. */
export function copyTopics(deps: Dependencies): Activities['copyTopics'] {
  return input =>
    perform(async pace => {
      await using blue = await deps.connect(input.deployment.blue);
      await using green = await deps.connect(endpointOf(input.deployment, 'green'));
      const inventory = await takeInventory(blue, pace.signal);
      const { created, overridden } = await copyTopicsTo(inventory, green, await waivedConfigs(deps, input), pace);
      return { detail: `${created} topics created, ${overridden} overrides set` };
    });
}

/** Blue and green are the same, taken from both; what differs is waived by name, or it refuses with the list. */
export function compareClusters(deps: Dependencies): Activities['compareClusters'] {
  return input =>
    perform(async pace => {
      await using blue = await deps.connect(input.deployment.blue);
      await using green = await deps.connect(endpointOf(input.deployment, 'green'));
      const compared = await compare(deps, input, blue, green, pace.signal);
      refuseDifferences(compared.differences);
      const evidence = await putJson(deps.evidence, {
        blue: compared.blue,
        green: compared.green,
        keysGreenLacks: compared.keysGreenLacks,
      });
      const lacking =
        compared.keysGreenLacks.length === 0 ? '' : `; green's version lacks ${compared.keysGreenLacks.join(', ')}`;
      return { evidence, detail: `${compared.blue.topics.length} topics compared, no difference${lacking}` };
    });
}

export interface Comparison {
  readonly blue: Inventory;
  readonly green: Inventory;
  readonly differences: readonly ParityDifference[];
  readonly keysGreenLacks: readonly string[];
}

/** Both inventories, taken now, and what differs between them beyond the waivers. */
export async function compare(
  deps: Dependencies,
  input: StepInput,
  blue: Cluster,
  green: Cluster,
  signal: AbortSignal,
): Promise<Comparison> {
  const [blueNow, greenNow] = [await takeInventory(blue, signal), await takeInventory(green, signal)];
  const { disposed } = await scopeOf(deps, input);
  const differences = withoutLateAmbient(
    parityDiff(blueNow, greenNow, await waivedConfigs(deps, input)),
    disposed({ groups: [] }),
    disposed({ groups: [], topics: blueNow.topics.map(t => t.name) }),
  );
  return { blue: blueNow, green: greenNow, differences, keysGreenLacks: keysGreenLacks(blueNow, greenNow) };
}

/** Whoever monitors may make a topic on blue at any time: one that is ambient by rule and that preflight did not see is not drift. Pure. */
export function withoutLateAmbient(
  differences: readonly ParityDifference[],
  preflight: Pick<Dispositions, 'topics'>,
  now: Pick<Dispositions, 'topics'>,
): ParityDifference[] {
  const known = new Set(preflight.topics.map(t => t.topic));
  const late = new Set(now.topics.flatMap(t => (t.disposition === 'ambient' && !known.has(t.topic) ? [t.topic] : [])));
  return differences.filter(d => !late.has(d.topic));
}

/** As many as fit into one sentence's message. */
const MOST_PASTED = 10;

/** One refusal that names the first differences, with the block to paste; all of them are counted. */
export function refuseDifferences(differences: readonly ParityDifference[]): void {
  if (differences.length === 0) return;
  const named = differences.slice(0, 5).map(d => `${d.name}: ${d.blue} on blue, ${d.green} on green`);
  const waivers = differences.slice(0, MOST_PASTED).map(d => waiverToFill('config', d.name));
  throw new Refused(
    'ParityDiffers',
    `Green differs from blue in ${differences.length} places: ${named.join('; ')}. Mend them, or waive them by name: ${JSON.stringify({ waive: waivers })}`,
  );
}

async function waivedConfigs(deps: Dependencies, { deployment }: StepInput): Promise<string[]> {
  const request = await getJson<DeploymentRequest>(deps.evidence, deployment.evidence.request);
  return request.waive.filter(w => w.kind === 'config').map(w => w.name);
}
