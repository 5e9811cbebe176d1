/** Names with `*` as the only wildcard (any run of characters, also none); everything else stands for itself. */
export function matches(pattern: string, name: string): boolean {
  const literal = pattern.split('*').map(part => part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${literal.join('.*')}$`, 's').test(name);
}
