/**
 * Every moment in which a message can meet a run: in each phase while a step works, at each gate, in holds and pauses, on both ways
 * back. Each is reached within `reachedMs` of virtual time and lasts until `leftMs`, unless a message ends it.
 */
import type { Activities } from '../../contract/activities.ts';
import type { Gate, Phase, WayBack } from '../../contract/phases.ts';
import type { Status } from '../../contract/status.ts';
import { failing, minimalRequest, World, workflowId } from './doubles.ts';
import type { Event, Sandbox, Trace } from './sandbox.ts';

export const hourMs = 3_600_000;
export const reachedMs = 6 * hourMs;
export const leftMs = 30 * hourMs;

type Step = keyof Activities;

export interface Moment {
  readonly name: string;
  readonly phase: Phase | WayBack;
  readonly waits: Gate | 'hold' | 'pause' | null;
  /** Whether a rollback is legal: before the flip, and from it to the first release. */
  readonly canGoBack: boolean;
  /** Whether the deletion of blue is approved and may be rejected all the same. */
  readonly canKeepBlue: boolean;
  readonly before: readonly Event[];
  readonly slow: Step | null;
  readonly fails: Step | null;
  readonly request: object;
}

const approveFlip: Event = { at: 0.5 * hourMs, signal: 'approve', input: { by: 'grace' } };
const approveDeletion: Event = { at: 3 * hourMs, signal: 'approve', input: { by: 'grace', gate: 'decommission' } };
const rejectFlip: Event = { at: 0.5 * hourMs, signal: 'reject', input: { by: 'grace' } };
/** While the run waits out the caches, half a minute from the flip. */
const rollback: Event = { at: 0.5 * hourMs + 20_000, signal: 'rollback', input: { by: 'grace' } };

type Where = Pick<Moment, 'phase' | 'canGoBack' | 'before'>;
const early = (phase: Phase): Where => ({ phase, canGoBack: true, before: [] });
const flipped = (phase: Phase): Where => ({ phase, canGoBack: true, before: [approveFlip] });
const released = (phase: Phase): Where => ({ phase, canGoBack: false, before: [approveFlip] });
const last: Where = { phase: 'decommission', canGoBack: false, before: [approveFlip, approveDeletion] };
const undoing: Where = { phase: 'undo', canGoBack: false, before: [rejectFlip] };
const returning: Where = { phase: 'rollback', canGoBack: false, before: [approveFlip, rollback] };

/** The same with order `total`, while writers hold. */
const total = (where: Where, name: string, rest: Partial<Moment>): Moment =>
  moment(`in ${where.phase} with order total, ${name}`, where, {
    ...rest,
    request: { order: 'total', ...rest.request },
  });

const moment = (name: string, where: Where, rest: Partial<Moment>): Moment => ({
  waits: null,
  canKeepBlue: false,
  slow: null,
  fails: null,
  request: {},
  ...where,
  ...rest,
  name,
});
const works = (where: Where, slow: Step) => moment(`in ${where.phase}, while ${slow} works`, where, { slow });
const holds = (where: Where, fails: Step) =>
  moment(`in ${where.phase}, held by ${fails}`, where, { fails, waits: 'hold' });
const waits = (where: Where, gate: Gate, request: object = {}) =>
  moment(`at the gate of ${gate}`, where, { waits: gate, request });

const pause: Event = { at: 0.2 * hourMs, signal: 'pause', input: { by: 'grace' } };
const rejectDeletion: Event = { at: 3 * hourMs, signal: 'reject', input: { by: 'grace', gate: 'decommission' } };

export const moments: readonly Moment[] = [
  works(early('preflight'), 'inspect'),
  works(early('provision'), 'awaitGreenStack'),
  works(early('parity'), 'seedGroups'),
  works(early('smoke'), 'smokeTest'),
  waits(early('approval'), 'flip'),
  moment('in a pause before the flip', { ...early('approval'), before: [pause, approveFlip] }, { waits: 'pause' }),
  works({ ...early('flip'), before: [approveFlip] }, 'flipRecord'),
  works(flipped('flip'), 'awaitFlipSeen'),
  holds(flipped('flip'), 'awaitFlipSeen'),
  moment('in settle, while caches forget', flipped('settle'), { request: { settle: { clientCache: '20h' } } }),
  works(flipped('settle'), 'settle'),
  holds(flipped('settle'), 'settle'),
  works(flipped('freeze'), 'freeze'),
  holds(flipped('freeze'), 'freeze'),
  total({ ...early('flip'), before: [approveFlip] }, 'while flipToHold works', { slow: 'flipToHold' }),
  total(flipped('flip'), 'while the hold is looked for', { slow: 'awaitFlipSeen' }),
  total(flipped('flip'), 'held because the hold is not seen', { fails: 'awaitFlipSeen', waits: 'hold' }),
  total(flipped('settle'), 'while caches forget', { request: { ttl: '20h' } }),
  total(flipped('settle'), 'while settleHeld works', { slow: 'settleHeld' }),
  total(flipped('settle'), 'held by settleHeld', { fails: 'settleHeld', waits: 'hold' }),
  total(flipped('freeze'), 'while freeze works', { slow: 'freeze' }),
  total(flipped('freeze'), 'while openGreen works', { slow: 'openGreen' }),
  total(flipped('freeze'), 'held by openGreen', { fails: 'openGreen', waits: 'hold' }),
  total(flipped('drain'), 'while drainFirstGroup works', { slow: 'drainFirstGroup' }),
  works(flipped('drain'), 'drainFirstGroup'),
  holds(flipped('drain'), 'drainFirstGroup'),
  works(released('release'), 'releaseGroups'),
  holds(released('release'), 'moveReaders'),
  works(released('release'), 'awaitReadersGone'),
  waits(released('bake'), 'bake', { bake: '20h' }),
  works(released('bake'), 'putKeepBackOnGreen'),
  waits(released('decommission'), 'decommission'),
  moment('in decommission, held by a rejection', { ...last, before: [approveFlip, rejectDeletion] }, { waits: 'hold' }),
  { ...works(last, 'proveBlueDrained'), canKeepBlue: true },
  holds(last, 'deleteBlue'),
  moment('in decommission, while blue is kept stopped', last, { canKeepBlue: true, request: { keepStopped: '20h' } }),
  works(last, 'closeDeployment'),
  works(undoing, 'deleteGreen'),
  holds(undoing, 'returnRecord'),
  works(returning, 'freezeGreen'),
  holds(returning, 'reopenBlue'),
];

/** Somebody who resumes and approves, hour after hour, until the run has ended. */
const persistence = Array.from({ length: 30 }, (_, i): Event[] => [
  { at: leftMs + i * hourMs, signal: 'resume', input: { by: 'linus' } },
  { at: leftMs + (i + 0.3) * hourMs, signal: 'approve', input: { by: 'linus' } },
  { at: leftMs + (i + 0.6) * hourMs, signal: 'approve', input: { by: 'linus', gate: 'decommission' } },
]).flat();

export interface Met {
  readonly world: World;
  readonly trace: Trace;
  /** At its end. */
  readonly status: Status;
}

/** A run that these events meet in this moment; afterwards somebody brings it to an end, unless it is `left` alone. */
export async function meet(
  sandbox: Sandbox,
  { slow, fails, before, request }: Moment,
  events: readonly Event[],
  left: 'brought to an end' | 'left' = 'brought to an end',
): Promise<Met> {
  const world = new World();
  const doubles = world.doubles();
  const trace = await sandbox.run({
    workflowType: 'BlueGreenWorkflow',
    workflowId,
    input: { ...minimalRequest, keepStopped: '1m', ...request },
    activities: fails === null ? doubles : { ...doubles, [fails]: failing(doubles[fails]) },
    events: [...before, ...events, ...(left === 'left' ? [] : persistence)],
    activityMs: name => (name === slow ? 20 * hourMs : 1_000),
  });
  return { world, trace, status: (await trace.query('status')) as Status };
}
