/** The plan in numbers and lines, from what preflight saw. Pure. */
import type { Dispositions } from '../contract/dispositions.ts';
import { formatDuration, formatRoughly } from '../contract/duration.ts';
import type { Inventory } from '../contract/inventory.ts';
import { matches } from '../contract/patterns.ts';
import type { Plan } from '../contract/plan.ts';
import type { Problem } from '../contract/problem.ts';
import type { DeploymentRequest } from '../contract/request.ts';
import type { Disposal } from '../kafka/dispositions.ts';
import { isEndless } from '../kafka/topic-dispositions.ts';

/** Problems beyond this many are counted, not listed: the plan travels through the workflow's history. */
const MOST_PROBLEMS = 60;
const MOST_PASTED = 100;
const MOST_NOTES = 20;

export interface Inspected {
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
  readonly inventory: Inventory | null;
  readonly disposal: Disposal | null;
}

export function planOf(
  request: DeploymentRequest,
  { problems, notes, inventory, disposal }: Inspected,
): Omit<Plan, 'inventory'> {
  const listed = problems.slice(0, MOST_PROBLEMS);
  if (problems.length > listed.length)
    listed.push({
      on: 'plan',
      problem: `${problems.length - listed.length} more problems are not listed.`,
      remedy: 'Mend these first, then plan again.',
    });
  const paste = disposal === null ? null : blockToPaste(disposal.paste);
  const more = paste?.more ?? 0;
  const keptMs =
    inventory === null || disposal === null ? 0 : historyKeptMs(inventory, disposal.dispositions).longestMs;
  return {
    cluster: request.cluster,
    problems: listed,
    notes: [
      ...notes,
      ...(request.order === 'total' ? [TOTAL_ORDER_NOTE] : []),
      ...(inventory === null ? [] : idleRules(request, inventory)),
      ...(more === 0 ? [] : [`The block to paste leaves out ${more} more: paste it, then plan again.`]),
    ].slice(0, MOST_NOTES),
    paste: paste?.block ?? null,
    topics: {
      ...count(disposal?.dispositions.topics ?? [], { drain: 0, ambient: 0, waive: 0 }),
      undecided: disposal?.paste.topics.length ?? 0,
    },
    groups: {
      ...count(disposal?.dispositions.groups ?? [], { move: 0, ephemeral: 0, abandoned: 0, external: 0 }),
      undecided: disposal?.paste.groups.length ?? 0,
    },
    steps: steps(request, keptMs),
    historyKeptMs: keptMs,
  };
}

function blockToPaste(paste: Disposal['paste']): {
  readonly block: Plan['paste'];
  readonly more: number;
} {
  const all = paste.topics.length + paste.groups.length + paste.waive.length;
  const block = {
    topics: paste.topics.slice(0, MOST_PASTED),
    groups: paste.groups.slice(0, MOST_PASTED),
    waive: paste.waive.slice(0, MOST_PASTED),
  };
  const shown = block.topics.length + block.groups.length + block.waive.length;
  return { block: all === 0 ? null : block, more: all - shown };
}

/** Rules that name nothing of blue: a name that is mistyped decides nothing. They count for what appears later. */
function idleRules({ topics, groups }: DeploymentRequest, inventory: Inventory): string[] {
  const idle = (kind: string, rules: readonly { readonly match: string }[], names: readonly string[]) =>
    rules
      .map((rule, i) => ({ on: `${kind}[${i}]`, match: rule.match }))
      .filter(({ match }) => match !== '*' && !names.some(name => matches(match, name)))
      .map(
        ({ on, match }) =>
          `${on} (${JSON.stringify(match)}) matches nothing that blue has now: see whether it is mistyped.`,
      );
  return [
    ...idle(
      'topics',
      topics,
      inventory.topics.map(t => t.name),
    ),
    ...idle(
      'groups',
      groups,
      inventory.groups.map(g => g.group),
    ),
  ];
}

/** The longest original retention among the topics whose history is kept; `endless` names those that never expire. */
export function historyKeptMs(
  inventory: Inventory,
  dispositions: Dispositions,
): { readonly longestMs: number; readonly endless: readonly string[] } {
  const kept = new Set(dispositions.topics.filter(t => t.historyKept).map(t => t.topic));
  const retentions = inventory.topics
    .filter(t => kept.has(t.name))
    .map(t => ({ topic: t.name, ms: t.configs['retention.ms']?.value ?? '-1' }));
  return {
    longestMs: Math.max(0, ...retentions.filter(r => !isEndless(r.ms)).map(r => Number(r.ms))),
    endless: retentions.filter(r => isEndless(r.ms)).map(r => r.topic),
  };
}

function count<K extends string>(
  disposed: readonly { readonly disposition: K }[],
  zero: Record<K, number>,
): Record<K, number> {
  const counts = { ...zero };
  for (const { disposition } of disposed) counts[disposition] += 1;
  return counts;
}

/** What everybody who asks for it should know before the flip. */
const TOTAL_ORDER_NOTE =
  'With order total library producers hold from the flip until blue is frozen. Whoever else writes then holds the run, and every producer with it: see that all producers of these topics follow the signpost (their client ids end in +bluegreen), or stop the others first.';

function writersMove({ order, record, green, blue, ttl, settle }: DeploymentRequest): string[] {
  const flip = `flip ${record} to ${green.stack}`;
  if (order === 'per-producer')
    return [
      `${flip}, then wait ${formatDuration(Math.max(ttl, settle.clientCache))} and until blue is quiet for ${formatDuration(settle.quiet)}`,
    ];
  return [
    `${flip} with order total: library producers hold; wait ${formatDuration(ttl)} and until nobody writes, fence ${blue.stack}, then send them on to ${green.stack}`,
  ];
}

function steps(request: DeploymentRequest, keptMs: number): string[] {
  const { blue, green, record, ttl, bake, keepStopped } = request;
  const history = keptMs > bake ? `, or until ${formatRoughly(keptMs)} after the flip for history that is kept` : '';
  return [
    `create stack ${green.stack} from ${blue.stack}, ${Object.keys(green.parameters).length} parameters changed`,
    `lower the TTL of ${record} to ${formatDuration(ttl)} and publish its signpost`,
    `make the topics, configs, seeds and held tickets on ${green.stack}, and compare`,
    'produce, consume, commit a transaction and rebalance through its load balancer',
    'wait for the approval of the flip',
    ...writersMove(request),
    `fence ${blue.stack}, record its frozen ends, read it to them with every group, release each group`,
    `bake for ${formatDuration(bake)}${history}, wait for the approval of the deletion, keep ${blue.stack} stopped for ${formatDuration(keepStopped)}, delete it`,
  ];
}
