/**
 * What people send to a running deployment, as signal or as update of the same name. `by` is a claim, not a proof: who may
 * send is Temporal's permission.
 */
import { z } from 'zod';
import { GATES } from './phases.ts';

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
    reason: z.string().trim().min(1, 'must say why').max(2_000),
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
  pause: 'Stop before the next phase until resume. Not between freeze and release. Input: {"by", "reason"?}.',
  waive: 'Go on without a topic, a group or a straggler. Input: {"by", "reason", "topic" | "group" | "straggler"}.',
};

export type ParsedMessage =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'malformed'; readonly why: string };

/** Reads a message's payload; what is wrong with it is said in one sentence, never thrown. */
export function parseMessage(name: MessageName, payload: unknown): ParsedMessage {
  const parsed = messageSchemas[name].safeParse(payload);
  if (parsed.success) return { kind: 'message', message: { name, ...parsed.data } as Message };
  const issues = parsed.error.issues.slice(0, 5).map(issue => {
    const on = issue.path.join('.');
    return on === '' ? issue.message : `${on}: ${issue.message}`;
  });
  return {
    kind: 'malformed',
    why: `${name} could not be read (${issues.join('; ').slice(0, 300)}). ${messageDescriptions[name]}`,
  };
}

/** What a `waive` let go during the run: the drain goes on without it, and the report names who and why. */
export interface RunWaiver {
  readonly kind: 'topic' | 'group' | 'straggler';
  readonly name: string;
  readonly by: string;
  readonly reason: string;
}
