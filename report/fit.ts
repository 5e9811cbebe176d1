/**
 * Answers of queries stay within 64 KB whatever names and reasons people send: texts are cut first, then lists. What was cut ends
 * in `…`; nothing that a program acts on (commands, references, digests) is ever shortened.
 */
import { utf8Bytes } from './inert.ts';

export const MOST_ANSWER_BYTES = 64 * 1024;

const untouched: ReadonlySet<string> = new Set(['command', 'ref', 'sha256', 'workflowId', 'runId', 'deployment']);
const textLengths = [2_000, 1_000, 500, 200, 100, 50, 25];
const listLengths = [200, 100, 50];
const shortestList = 20;

/** The answer itself when it fits; else the one in which the least was cut. */
export function fit<T>(answer: T): T {
  if (fits(answer)) return answer;
  for (const texts of textLengths) {
    const shorter = cut(answer, { texts, list: Number.POSITIVE_INFINITY });
    if (fits(shorter)) return shorter;
  }
  const texts = textLengths.at(-1) ?? 0;
  const candidates = listLengths.map(list => cut(answer, { texts, list }));
  return candidates.find(fits) ?? cut(answer, { texts, list: shortestList });
}

function fits(answer: unknown): boolean {
  return utf8Bytes(JSON.stringify(answer) ?? '') <= MOST_ANSWER_BYTES;
}

interface Lengths {
  readonly texts: number;
  readonly list: number;
}

/** The same shape with shorter texts and lists: a cut list of texts says how many are missing, one of objects keeps the newest. */
function cut<T>(value: T, lengths: Lengths): T;
function cut(value: unknown, lengths: Lengths): unknown {
  if (typeof value === 'string') return cutText(value, lengths.texts);
  if (Array.isArray(value)) return cutList(value, lengths);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const missing = entries.length - lengths.list;
  // A table of counts by name, not an object with fields of its own.
  if (missing > 0 && entries.every(([, inner]) => typeof inner === 'string'))
    return { ...Object.fromEntries(entries.slice(0, lengths.list)), '…': `${missing} more` };
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, untouched.has(key) ? inner : cut<unknown>(inner, lengths)]),
  );
}

function cutList(list: readonly unknown[], lengths: Lengths): unknown[] {
  const missing = list.length - lengths.list;
  if (missing <= 0) return list.map(item => cut(item, lengths));
  if (list.every(item => typeof item === 'string'))
    return [...list.slice(0, lengths.list).map(item => cut(item, lengths)), `… and ${missing} more`];
  return list.slice(-lengths.list).map(item => cut(item, lengths));
}

function cutText(text: string, length: number): string {
  const characters = Array.from(text.slice(0, 2 * length + 2));
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}
