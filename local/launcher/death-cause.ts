/** The one line of a Kafka log that says why the broker died: the root of the exception chain, or what was logged as an error. */

export function deathCause(log: string): string {
  const lines = log.split('\n').map(line => line.trim());
  const root = lines.findLast(line => line.startsWith('Caused by: '))?.slice('Caused by: '.length);
  const thrown = lines.find(line => /^[\w.$]+(?:Exception|Error): /.test(line));
  const logged = lines.find(line => / (?:FATAL|ERROR) /.test(line));
  return root ?? thrown ?? logged ?? lines.findLast(line => line !== '') ?? 'its log is empty';
}
