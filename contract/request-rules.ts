/** Rules and waivers of a request: what becomes of topics and groups, and what is answered for by name. */
import { z } from 'zod';
import { matches } from './patterns.ts';
import { anyName, person, reason, topicPattern } from './request-fields.ts';

interface Wrong {
  readonly path?: readonly PropertyKey[];
  readonly problem: string;
  readonly remedy: string;
}

/** A check over fields that belong together: each contradiction is a problem at its own path. */
export const consistent =
  <T>(check: (value: T) => readonly Wrong[]) =>
  (value: T, context: z.RefinementCtx): void => {
    for (const { path = [], problem, remedy } of check(value))
      context.addIssue({ code: 'custom', path: [...path], message: problem, params: { remedy } });
  };

export const topicRule = z
  .strictObject({
    match: topicPattern,
    disposition: z.enum(['drain', 'ambient', 'waive']),
    historyKept: z.boolean().optional(),
    by: person.optional(),
    reason: reason.optional(),
  })
  .superRefine(
    consistent(rule => [
      ...(rule.disposition === 'waive' && !answered(rule)
        ? [
            {
              problem: 'waives records without saying who and why',
              remedy: 'Add by and reason: the records of these topics die with blue.',
            },
          ]
        : []),
      ...(rule.historyKept === true && rule.disposition !== 'drain'
        ? [
            {
              path: ['historyKept'],
              problem: `has no meaning for a topic that is ${rule.disposition === 'waive' ? 'waived' : 'ambient'}`,
              remedy: 'Keep it with "drain" only, or leave it out.',
            },
          ]
        : []),
    ]),
  );
export const groupRule = z
  .strictObject({
    match: anyName,
    disposition: z.enum(['move', 'ephemeral', 'abandoned', 'external']),
    start: z.enum(['earliest', 'latest']).optional(),
    by: person.optional(),
    reason: reason.optional(),
  })
  .superRefine(
    consistent(rule => [
      ...((rule.disposition === 'abandoned' || rule.disposition === 'external') && !answered(rule)
        ? [{ problem: `is ${rule.disposition} without saying who and why`, remedy: 'Add by and reason.' }]
        : []),
      ...(rule.start !== undefined && rule.disposition !== 'move'
        ? [
            {
              path: ['start'],
              problem: `has no meaning for a group that is ${rule.disposition}`,
              remedy: 'Keep it with "move" only, or leave it out.',
            },
          ]
        : []),
    ]),
  );
export const waiver = z
  .strictObject({
    kind: z.enum(['acl', 'quota', 'user', 'connector', 'config', 'group']),
    name: anyName,
    by: person,
    reason,
  })
  .superRefine(
    consistent(({ kind, name }) =>
      kind === 'config' && !/[ *]/.test(name)
        ? [
            {
              path: ['name'],
              problem: 'names no difference: those of kind config are a topic, a space and a key',
              remedy: `Write it as the refusal does, such as "${name.slice(0, 60)} retention.ms" or "${name.slice(0, 60)} *".`,
            },
          ]
        : [],
    ),
  );

/** The first rule that matches wins: one behind a rule that matches all it could match never counts. */
export const inOrder = (rules: readonly { readonly match: string }[]): Wrong[] => {
  const wide = rules.map((rule, at) => ({ ...rule, at })).filter(rule => rule.match.includes('*'));
  const firstAt = new Map<string, number>();
  return rules.flatMap((rule, at) => {
    // A wildcard of the later rule stands for itself here: only a wildcard of the earlier one can take it.
    const covering = firstAt.get(rule.match) ?? wide.find(w => w.at < at && matches(w.match, rule.match))?.at;
    if (covering === undefined) {
      firstAt.set(rule.match, at);
      return [];
    }
    const by = `[${covering}] (${JSON.stringify(rules[covering]?.match.slice(0, 60))})`;
    return [
      {
        path: [at],
        problem: `can never match: ${by} before it matches all that it could`,
        remedy: 'Put the narrower rule first, or leave it out: the first rule that matches wins.',
      },
    ];
  });
};

function answered(rule: { readonly by?: string | undefined; readonly reason?: string | undefined }): boolean {
  return rule.by !== undefined && rule.reason !== undefined;
}
