/** The sentence for a person: an error's message, and those of its causes where they say more. */
export function why(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said = [error.message];
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    const { message } = cause;
    if (!said.some(sentence => sentence.includes(message))) said.push(message);
  }
  return said.join(': ');
}
