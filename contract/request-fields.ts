/** The kinds of values that requests are made of. Whatever a person will read again is one line of readable text. */
import { z } from 'zod';
import { parseDuration } from './duration.ts';

/** No line breaks, no other control characters, no halves of surrogate pairs: what cannot be seen cannot be checked by a reader. */
const readable = (text: string) => !/\p{Cc}|\p{Cs}/u.test(text);
const unreadable = 'must be one line without control characters';

/** The words of the block that a plan prints to be pasted: whoever pastes it puts a name and a reason there. */
export const PLACEHOLDER = { by: '<who>', reason: '<why>' } as const;

export const person = z
  .string()
  .trim()
  .min(1, 'must name a person or a job')
  .max(200, 'must have at most 200 characters')
  .refine(readable, unreadable)
  .refine(text => text !== PLACEHOLDER.by, `still says ${PLACEHOLDER.by}: put the name of who answers for it`);

export const reason = z
  .string()
  .trim()
  .min(1, 'must say why')
  .max(2_000, 'must have at most 2,000 characters')
  .refine(readable, unreadable)
  .refine(text => text !== PLACEHOLDER.reason, `still says ${PLACEHOLDER.reason}: say why`);

/** The id of a deployment would be the id of another cluster's plan, or of the doctor. */
const otherIds = /^(plan|doctor)(-|$)/;
export const cluster = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,60}$/, 'must be lower-case letters, digits and dashes, starting with a letter')
  .refine(
    name => !otherIds.test(name),
    'must not begin with plan- or doctor-, as the ids of plans and of the doctor do',
  );

/** Room for the label that the signpost stands under. */
const LONGEST_RECORD = 253 - '_bluegreen.'.length;
export const recordName = z
  .string()
  .regex(
    /^([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.?$/i,
    'must be a DNS name such as kafka.orders.example.com',
  )
  .refine(name => name.replace(/\.$/, '').length <= LONGEST_RECORD, `must have at most ${LONGEST_RECORD} characters`)
  .refine(name => !/^_bluegreen\./i.test(name), 'is the name of a signpost; name the record beside it')
  .refine(name => !/^[\d.]+$/.test(name), 'is an address; a DNS name is flipped');

export const stackName = z
  .string()
  .max(128, 'must have at most 128 characters')
  .regex(
    /^[A-Za-z][A-Za-z0-9-]*-[A-Za-z0-9]{1,16}$/,
    'must be a stack name that ends in a dash and a suffix, such as kafka-orders-b',
  );

export const topicPattern = z
  .string()
  .regex(
    /^[A-Za-z0-9._*-]{1,249}$/,
    'must be a topic name, or one with * as the only wildcard: letters, digits, dots, underscores and dashes',
  );

/** Names of groups and of what a waiver names are anybody's. */
export const anyName = z
  .string()
  .min(1, 'must be a name, or a name with * as the only wildcard')
  .max(1_000, 'must have at most 1,000 characters')
  .refine(readable, unreadable);

/** CloudFormation's limits (user guide, "Understand CloudFormation quotas"). */
const MOST_PARAMETERS = 200;
const parameterName = z.string().regex(/^[A-Za-z0-9]{1,255}$/, 'is no name of a parameter: letters and digits only');
export const parameters = z
  .record(parameterName, z.string().max(4_096, 'must have at most 4,096 characters'))
  .refine(all => Object.keys(all).length <= MOST_PARAMETERS, `must be at most ${MOST_PARAMETERS} parameters`);

export const templateUrl = z
  .string()
  .max(5_120, 'must have at most 5,120 characters')
  .refine(text => /^https:\/\/[^\s/]+\/\S+$/.test(text), 'must be the https URL of a template');

const MOST_TEMPLATE_BYTES = 51_200;
export const templateBody = z
  .string()
  .refine(text => text.trim() !== '', 'must be the text of a template')
  .refine(
    text => utf8Bytes(text) <= MOST_TEMPLATE_BYTES,
    'must have at most 51,200 bytes, as CloudFormation takes it; put it on S3 and give green.template',
  );

function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return bytes;
}

/** Milliseconds, from text such as `45m`; `check` says what is wrong with a duration that cannot work here, or null. */
export const duration = (defaultText: string, check: (ms: number) => string | null = () => null) =>
  z
    .string()
    .meta({ examples: ['30s', '45m', '72h'] })
    .default(defaultText)
    .transform((text, context) => {
      const ms = parseDuration(text);
      const wrong = ms === null ? 'must be a duration such as 30s, 45m or 72h, at most a year' : check(ms);
      if (ms !== null && wrong === null) return ms;
      context.addIssue({ code: 'custom', message: wrong ?? 'cannot be used' });
      return z.NEVER;
    });

export const atLeast =
  (leastMs: number, message: string) =>
  (ms: number): string | null =>
    ms < leastMs ? message : null;
