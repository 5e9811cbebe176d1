/** What stands in for a payload that could not be decoded, so that whoever reads it can say why. */
const KEY = 'kafka-bluegreen-unreadable';

export function unreadable(why: string): object {
  return { [KEY]: why.slice(0, 200) };
}

/** Why the payload could not be decoded; null when it could. */
export function whyUnreadable(payload: unknown): string | null {
  if (typeof payload !== 'object' || payload === null || !(KEY in payload)) return null;
  return String(payload[KEY]);
}
