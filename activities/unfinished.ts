/**
 * What a deployment left that did not come to its end, and the commands that bring it there. The exact way is its own run: reset to
 * its last step it is the same deployment again, with its evidence, and goes on or goes back as it always could. Pure but for the look for that run.
 */
import { formatSignpost, nextEpoch, type Signpost, signpostName, txtValue } from 'kafka-bluegreen-switching/signpost';
import { withTtl } from '../aws/record.ts';
import type { StackFacts } from '../aws/stack-describe.ts';
import type { Problem } from '../contract/problem.ts';
import type { Leftover } from '../kafka/leftovers.ts';
import { FENCE_KEY, KEEP } from '../kafka/our-values.ts';
import type { Dependencies, RunFound } from './dependencies.ts';
import type { RecordsNow, SignpostFound } from './read-records.ts';

/** Another deployment's name on the signpost or on green's stack, and its run. */
export interface Unfinished {
  readonly id: string;
  readonly run: RunFound;
}

/** Looks for a deployment that did not come to its end: the signpost's, or the one that made green's stack and was ended from outside. */
export async function findUnfinished(
  deps: Pick<Dependencies, 'findRun'>,
  o: {
    readonly id: string;
    readonly cluster: string;
    readonly records: RecordsNow | null;
    readonly green: StackFacts | null;
  },
): Promise<Unfinished | null> {
  const by = o.records?.signpost.kind === 'signpost' ? o.records.signpost.signpost.by : null;
  if (by !== null && by !== o.id) return { id: by, run: await deps.findRun(by, o.cluster) };
  const maker = o.green?.deployment ?? null;
  if (maker === null || maker === o.id) return null;
  const run = await deps.findRun(maker, o.cluster);
  // A rollback keeps green for its records, and ends well.
  return run.kind === 'running' || (run.kind === 'closed' && resumable.has(run.status)) ? { id: maker, run } : null;
}

export function belongsTo(id: string, signpost: SignpostFound): boolean {
  return signpost.kind === 'signpost' && signpost.signpost.by === id;
}

/** Everything that may be left, as it is now; null where it could not be seen. */
export interface Scene {
  readonly record: string;
  readonly zoneId: string | null;
  readonly records: RecordsNow | null;
  readonly green: StackFacts | null;
  readonly topics: readonly Leftover[];
  /** `host:port` of the cluster that the topics are on. */
  readonly bootstrap: string;
}

/** Where the deployment had come to, by the signpost that it wrote. */
type Stand = 'not-announced' | 'before-flip' | 'flipped' | 'readers-moved' | 'held';

export function standOf(signpost: Signpost | null): Stand {
  if (signpost === null) return 'not-announced';
  if (signpost.write.kind === 'hold') return 'held';
  if (signpost.write.id !== signpost.read) return 'flipped';
  return signpost.drain === null ? 'before-flip' : 'readers-moved';
}

/** One problem for each kind of thing that is left; the first says what to do, the others point at it. */
export function unfinishedProblems({ id, run }: Unfinished, scene: Scene): Problem[] {
  const signpost = ours(id, scene.records);
  const stand = standOf(signpost?.signpost ?? null);
  const place = signpost === null ? `stack ${scene.green?.name ?? ''}` : `signpost ${signpostName(scene.record)}`;
  const what = `deployment ${id}, ${fateOf(run)}`;
  const pointer = `It belongs to what is left of deployment ${id}: do what is said at ${place}.`;
  const found: Omit<Problem, 'remedy'>[] = [];
  if (signpost !== null)
    found.push({
      on: place,
      problem: `belongs to ${what}: ${standings[stand]} (epoch ${signpost.signpost.epoch}${ttlsOf(scene)}).`,
    });
  if (scene.green?.deployment === id)
    found.push({
      on: `stack ${scene.green.name}`,
      problem: `was made by ${what} (${scene.green.status})${trafficOn(stand)}.`,
    });
  const fenced = scene.topics.filter(t => t.kind === 'fence');
  for (const value of new Set(fenced.map(t => t.value))) {
    const topics = fenced.filter(t => t.value === value).map(t => t.topic);
    found.push({ on: named(topics), problem: `carry its fence (${FENCE_KEY}=${value}), so nobody can write to them.` });
  }
  const kept = scene.topics.filter(t => t.kind === 'perhaps-keep').map(t => t.topic);
  if (kept.length > 0)
    found.push({ on: named(kept), problem: `carry its keep (${keepText('=')}), so nothing in them expires.` });
  return found.map((problem, i) => ({ ...problem, remedy: i === 0 ? whatToDo({ id, run }, stand, scene) : pointer }));
}

function ours(id: string, records: RecordsNow | null) {
  return records?.signpost.kind === 'signpost' && belongsTo(id, records.signpost) ? records.signpost : null;
}

function fateOf(run: RunFound): string {
  switch (run.kind) {
    case 'running':
      return 'which is still running';
    case 'closed':
      return `whose run ${run.runId} ended ${run.status}`;
    case 'absent':
      return 'whose run Temporal does not know any more';
    case 'unknown':
      return `whose run could not be looked for (${run.reason})`;
  }
}

const standings: Readonly<Record<Stand, string>> = {
  'not-announced': 'it had not changed the record yet',
  'before-flip': 'writers and readers are on blue, the flip had not happened',
  flipped: 'writers are on green, readers still on blue',
  'readers-moved': 'writers and readers are on green',
  held: 'writers are held, in the middle of a rollback or of a flip with order total',
};

function trafficOn(stand: Stand): string {
  return stand === 'flipped' || stand === 'readers-moved' || stand === 'held'
    ? ', and holds records that are nowhere else'
    : '';
}

function ttlsOf({ records }: Scene): string {
  if (records === null) return '';
  const ttls = [records.record, records.readRecord].flatMap(found =>
    found !== null && (found.kind === 'cname' || found.kind === 'alias') ? [found.ttlSeconds] : [],
  );
  return ttls.length === 0 ? '' : `; TTL now ${ttls.join(' and ')} s`;
}

function whatToDo({ id, run }: Unfinished, stand: Stand, scene: Scene): string {
  switch (run.kind) {
    case 'running':
      return `Let it come to its end: temporal workflow metadata --workflow-id ${run.workflowId}`;
    case 'unknown':
      return `Give the worker's Temporal identity the right to list workflows, then plan again. Delete nothing that carries the id ${id} before.`;
    case 'absent':
      return byHand(id, stand, scene);
    case 'closed':
      return resumable.has(run.status) ? goOn(run, stand) : byHand(id, stand, scene);
  }
}

/** Runs that ended from outside, in the middle of a step. */
const resumable: ReadonlySet<string> = new Set(['TERMINATED', 'TIMED_OUT']);

function goOn(run: Extract<RunFound, { kind: 'closed' }>, stand: Stand): string {
  const { workflowId, runId, status, otherRun } = run;
  const rollback = `temporal workflow update execute --workflow-id ${workflowId} --name rollback --input '{"by": "YOU", "reason": "${status.toLowerCase()}"}'`;
  const then: Readonly<Record<Stand, readonly string[]>> = {
    'not-announced': ['Then undo it, or leave this out and it goes on to its approval:', rollback],
    'before-flip': ['Then undo it, or leave this out and it goes on to its approval:', rollback],
    flipped: [
      'Then take it back to blue (refused once a group was released), or leave this out and it goes on to its end:',
      rollback,
    ],
    'readers-moved': ['Then it goes on to its end, and asks for what it needs.'],
    held: [
      'Then it goes on where it was: with its rollback, or to green. Its status says whether a rollback is possible.',
    ],
  };
  return [
    ...(otherRun === null ? [] : [`Wait until run ${otherRun} of ${workflowId} has ended: a reset would end it.`]),
    'Let the same deployment go on where it was; what it had done is not repeated:',
    `temporal workflow reset --workflow-id ${workflowId} --run-id ${runId} --type LastWorkflowTask --reason "go on"`,
    ...then[stand],
    `temporal workflow result --workflow-id ${workflowId}`,
  ].join('\n');
}

/** Without its run its evidence cannot be found either: the originals are the owners' to know. */
function byHand(id: string, stand: Stand, scene: Scene): string {
  const toBlue = stand !== 'readers-moved';
  const records = stand === 'not-announced' ? [] : steadyAgain(id, stand, scene);
  const green = scene.green?.deployment === id ? scene.green.name : null;
  const deleteGreen = green === null ? [] : [`aws cloudformation delete-stack --stack-name ${green}`];
  const configs = toBlue ? configsBack(scene) : [];
  switch (stand) {
    case 'not-announced':
    case 'before-flip':
      return lines('Undo by hand what it had done (docs/leftovers.md):', [...configs, ...records, ...deleteGreen]);
    case 'flipped':
    case 'held':
      return lines(
        `Delete nothing. To go back to blue by hand (docs/leftovers.md; what green acknowledged stays on ${green ?? 'green'}):`,
        [...configs, ...records],
      );
    case 'readers-moved':
      return lines(
        'Delete nothing before every group has read blue to its end (docs/leftovers.md). To stay on green:',
        records,
      );
  }
}

function lines(head: string, commands: readonly string[]): string {
  return [head, ...commands].join('\n');
}

function configsBack({ topics, bootstrap }: Scene): string[] {
  const byTopic = Map.groupBy(topics, t => t.topic);
  return [...byTopic].map(([topic, left]) => {
    const keys = left.flatMap(l => (l.kind === 'fence' ? [l.key] : Object.keys(KEEP)));
    return `kafka-configs.sh --bootstrap-server ${bootstrap} --alter --entity-type topics --entity-name ${topic} --delete-config ${keys.join(',')}`;
  });
}

/** The same names in one batch, as the run would have changed them: steady, nobody's, under a higher epoch. */
function steadyAgain(id: string, stand: Stand, { record, zoneId, records }: Scene): string[] {
  const found = ours(id, records);
  if (found === null || zoneId === null || records === null) return [];
  const { signpost, set } = found;
  const stay = stand === 'readers-moved' && signpost.write.kind === 'cluster' ? signpost.write.id : signpost.read;
  const address = signpost.addresses.get(stay);
  if (address === undefined) return [];
  const steady: Signpost = {
    epoch: nextEpoch(signpost.epoch, Date.now()),
    by: null,
    write: { kind: 'cluster', id: stay },
    read: stay,
    drain: null,
    addresses: new Map([[stay, address]]),
  };
  const back = { ...set, ResourceRecords: [{ Value: txtValue(formatSignpost(steady)) }] };
  const changes = [
    { Action: 'DELETE', ResourceRecordSet: set },
    { Action: 'CREATE', ResourceRecordSet: back },
  ];
  const host = address.replace(/:\d+$/, '');
  if (records.record.kind === 'cname' && (stand === 'flipped' || stand === 'held'))
    changes.push(
      { Action: 'DELETE', ResourceRecordSet: records.record.set },
      {
        Action: 'CREATE',
        ResourceRecordSet: withTtl(
          { ...records.record.set, ResourceRecords: [{ Value: host }] },
          records.record.ttlSeconds,
        ),
      },
    );
  const batch = JSON.stringify({ Comment: `left by deployment ${id}`, Changes: changes });
  return [
    ...(records.record.kind === 'alias' && stand !== 'before-flip'
      ? [`Point the alias ${record} at ${host} in the same batch as this:`]
      : []),
    `aws route53 change-resource-record-sets --hosted-zone-id ${zoneId} --change-batch '${batch}'`,
  ];
}

function keepText(sign: string): string {
  return Object.entries(KEEP)
    .map(([key, value]) => `${key}${sign}${value}`)
    .join(', ');
}

const MOST_NAMED = 20;

function named(topics: readonly string[]): string {
  const more = topics.length > MOST_NAMED ? ` and ${topics.length - MOST_NAMED} more` : '';
  return `${topics.length === 1 ? 'topic' : 'topics'} ${topics.slice(0, MOST_NAMED).join(', ')}${more}`;
}
