/**
 * Names with `*` as the only wildcard (any run of characters, also none); everything else stands for itself. Each part between
 * wildcards is looked for once, as early as possible: no pattern is slow, whatever it is.
 */
export function matches(pattern: string, name: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return pattern === name;
  if (!name.startsWith(head) || !name.endsWith(tail) || name.length < head.length + tail.length) return false;
  let at = head.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= name.length - tail.length;
}
