/**
 * What people send to a running deployment, as signal or as update of the same name. `by` is a claim, not a proof: who may
 * send is Temporal's permission.
 */
import { z } from 'zod';
import { nearest } from './nearest.ts';
import { GATES } from './phases.ts';
import { whyUnreadable } from './unreadable.ts';

const by = z.string().trim().min(1).max(200);
const reason = z.string().trim().max(2_000).optional();
const objectName = z.string().min(1).max(1_000);

const approve = z.strictObject({ by, gate: z.enum(GATES).default('flip'), reason });
const reject = z.strictObject({ by, gate: z.enum(GATES).default('flip'), reason });
const rollback = z.strictObject({ by, reason });
const resume = z.strictObject({ by, reason });
const pause = z.strictObject({ by, reason });
const waive = z
  .strictObject({
    by,
    reason: z.string().trim().min(1, 'must say why').max(500),
    topic: objectName.optional(),
    group: objectName.optional(),
    straggler: objectName.optional(),
  })
  .refine(
    w => [w.topic, w.group, w.straggler].filter(part => part !== undefined).length === 1,
    'must name exactly one of topic, group or straggler',
  );

export const messageSchemas = { approve, reject, rollback, resume, pause, waive } as const;

export type MessageName = keyof typeof messageSchemas;
export type Message = {
  readonly [N in MessageName]: { readonly name: N } & z.output<(typeof messageSchemas)[N]>;
}[MessageName];

/** The JSON that each message takes, shown beside its name in the Web UI and by `temporal workflow metadata`. */
export const messageDescriptions: Readonly<Record<MessageName, string>> = {
  approve:
    'Approve what is waiting. Input: {"by", "gate"?: "flip" | "bake" | "decommission", "reason"?}; gate is flip unless said.',
  reject:
    'Reject what is waiting: before the flip everything is undone, at decommission the run holds. Input: {"by", "gate"?, "reason"?}.',
  rollback: 'Go back to blue. Legal until the first group was released. Input: {"by", "reason"?}.',
  resume: 'End a hold or a pause and try the step again. Input: {"by", "reason"?}.',
  pause:
    'Stop before the next phase until resume. Not from settle to release, nor in the last phase. Input: {"by", "reason"?}.',
  waive:
    'Go on without a topic, a group or a straggler; where somebody deleted green in a rollback, or blue after the flip, without its topics ("*"). Input: {"by", "reason", "topic" | "group" | "straggler"}.',
};

const messageNames = Object.keys(messageDescriptions) as MessageName[];

/** Why a signal of a name that there is not counts for nothing. */
export function unknownName(name: string): string {
  const meant = nearest(name, messageNames);
  return meant === null
    ? `There is no signal of this name. Known: ${messageNames.join(', ')}.`
    : `There is no signal of this name. Did you mean ${meant}?`;
}

export type ParsedMessage =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'malformed'; readonly why: string };

/** More fields than any message has: what carries them is not looked at closer. */
const MOST_FIELDS = 20;

/** Reads a message's payload, one JSON object; what is wrong with it is said in one sentence, never thrown. */
export function parseMessage(name: MessageName, ...payloads: readonly unknown[]): ParsedMessage {
  const malformed = (why: string): ParsedMessage => ({
    kind: 'malformed',
    why: `${name} could not be read (${why.slice(0, 300)}). ${messageDescriptions[name]}`,
  });
  const [payload] = payloads;
  if (payloads.length > 1) return malformed(`one JSON object is expected, not ${payloads.length} inputs`);
  const undecoded = whyUnreadable(payload);
  if (undecoded !== null) return malformed(`its payload cannot be decoded: ${undecoded}`);
  if (payload === undefined || payload === null) return malformed('it came without its JSON object');
  if (typeof payload !== 'object' || Array.isArray(payload))
    return malformed(`a JSON object is expected, not ${Array.isArray(payload) ? 'a list' : `a ${typeof payload}`}`);
  if (payload instanceof Uint8Array || Object.keys(payload).length > MOST_FIELDS)
    return malformed('a JSON object of few fields is expected');
  const parsed = messageSchemas[name].safeParse(payload);
  if (parsed.success) return { kind: 'message', message: { name, ...parsed.data } as Message };
  const issues = parsed.error.issues.slice(0, 5).map(issue => {
    const on = issue.path.join('.');
    return on === '' ? issue.message : `${on}: ${issue.message}`;
  });
  return malformed(issues.join('; '));
}

/**
 * A run takes this many waivers, and this many bytes of them as JSON: they travel with settle, freeze, both sweeps, the wait for
 * the readers and the last proof, six times 12 KB of history at most. A step that a waiver or a resume starts again is told them
 * again: such a message costs 12 events, its own payload and that one input; any other message 7 events and its payload.
 */
export const MOST_WAIVERS = 100;
export const MOST_WAIVER_BYTES = 12 * 1024;

/** In place of a topic's name: all that green acknowledged, given up in a rollback because somebody deleted green. */
export const ALL_OF_GREEN = '*';

/** The same of blue after the flip: what nobody was proved to have read there, because somebody deleted blue. */
export const ALL_OF_BLUE = '*';

/** What a `waive` let go during the run: the drain goes on without it, and the report names who and why. */
export interface RunWaiver {
  readonly kind: 'topic' | 'group' | 'straggler';
  readonly name: string;
  readonly by: string;
  readonly reason: string;
}
