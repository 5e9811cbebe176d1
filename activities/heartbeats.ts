/**
 * What a heartbeat says, small enough to be read under Pending Activities and to be sent every few seconds: at most 2,048 bytes as
 * JSON, whatever the names of topics and groups and however many of them. What the next attempt resumes from is never cut. Pure.
 */

export const MOST_HEARTBEAT_BYTES = 2_048;

const textLengths = [249, 120, 60, 30];
const listLengths = [10, 5, 2];

/** Progress together with what is carried. Texts are cut in their middle, where names differ least, then lists at their end. */
export function heartbeatDetails(progress: object, carried: object): object {
  const whole = { ...progress, ...carried };
  if (fits(whole)) return whole;
  const shortest = textLengths.at(-1) ?? 0;
  const lengths = [
    ...textLengths.map(text => ({ text, list: Number.POSITIVE_INFINITY })),
    ...listLengths.map(list => ({ text: shortest, list })),
  ];
  for (const length of lengths) {
    const shorter = { ...(cut(progress, length) as object), ...carried };
    if (fits(shorter)) return shorter;
  }
  return { progress: 'too long to be shown', ...carried };
}

function fits(details: object): boolean {
  return Buffer.byteLength(JSON.stringify(details)) <= MOST_HEARTBEAT_BYTES;
}

interface Lengths {
  readonly text: number;
  readonly list: number;
}

function cut(value: unknown, lengths: Lengths): unknown {
  if (typeof value === 'string') return cutText(value, lengths.text);
  if (Array.isArray(value)) {
    const kept = value.slice(0, lengths.list).map(item => cut(item, lengths));
    const missing = value.length - kept.length;
    return missing > 0 ? [...kept, `… and ${missing} more`] : kept;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cut(inner, lengths)]));
}

function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  const half = Math.floor((length - 1) / 2);
  return `${text.slice(0, half)}…${text.slice(-half)}`;
}
