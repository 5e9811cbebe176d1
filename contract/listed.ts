/** Names in a sentence: the first `most` of them, and how many there are beside. */
export function listed(names: readonly string[], most = 10): string {
  const more = names.length > most ? `, and ${names.length - most} more` : '';
  return `${names.slice(0, most).join(', ')}${more}`;
}
