/**
 * What Kafka's own command line tools print, read strictly: a line that is not understood is not taken for agreement.
 * Formats as of ConsumerGroupCommand, ConfigCommand and VerifiableProducer of Kafka 3.9 and 4.x.
 */
export interface ToolCheck {
  /** The tool and what it was asked. */
  readonly asked: string;
  readonly agrees: boolean;
  readonly saw: string;
}

export interface GroupPartition {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** Null where the tool prints a dash: it does not know. */
  readonly lag: number | null;
}

/** Rows of `--describe`: the header names the columns. */
export function parseGroupDescription(output: string): GroupPartition[] {
  const rows: GroupPartition[] = [];
  let columns: readonly string[] = [];
  for (const line of output.split('\n')) {
    const cells = line.trim().split(/\s+/);
    if (cells[0] === 'GROUP') {
      columns = cells;
    } else if (columns.length > 0 && cells.length >= columns.length) {
      const cell = (name: string) => cells[columns.indexOf(name)] ?? '';
      const partition = Number(cell('PARTITION'));
      const lag = cell('LAG');
      if (Number.isInteger(partition))
        rows.push({
          group: cell('GROUP'),
          topic: cell('TOPIC'),
          partition,
          lag: /^\d+$/.test(lag) ? Number(lag) : null,
        });
    }
  }
  return rows;
}

/** Every partition of every topic of each group has to be there, and at lag 0. */
export function groupsAtEnd(
  rows: readonly GroupPartition[],
  groups: readonly { readonly group: string; readonly partitions: number }[],
): { readonly agrees: boolean; readonly saw: string } {
  const wrong = groups.flatMap(({ group, partitions }) => {
    const own = rows.filter(row => row.group === group);
    const behind = own.filter(row => row.lag !== 0);
    if (own.length < partitions) return [`${group}: ${own.length} of ${partitions} partitions listed`];
    const [first] = behind;
    return first
      ? [
          `${group}: ${behind.length} partitions not at the end, ${first.topic}-${first.partition} lag ${first.lag ?? '?'}`,
        ]
      : [];
  });
  if (wrong.length > 0) return { agrees: false, saw: wrong.join('; ') };
  return { agrees: true, saw: `${groups.length} groups, ${rows.length} partitions, lag 0 on each` };
}

/** Topic overrides by topic, out of `--describe --entity-type topics`. */
export function parseTopicConfigs(output: string): Map<string, Map<string, string>> {
  const topics = new Map<string, Map<string, string>>();
  let current = new Map<string, string>();
  for (const line of output.split('\n')) {
    const heading = /^Dynamic configs for topic (\S+) are:/.exec(line.trim());
    const config = /^\s+([a-z.]+)=(.*?) sensitive=(?:true|false)/.exec(line);
    if (heading?.[1]) {
      current = new Map();
      topics.set(heading[1], current);
    } else if (config?.[1] !== undefined && config[2] !== undefined) {
      current.set(config[1], config[2]);
    }
  }
  return topics;
}

/**
 * Green's overrides against what blue's owners had set: each original is there with its value. What green has besides is
 * shown; it has to be the same on every topic, as an override that levels a changed default is.
 */
export function configsAsOriginally(
  seen: ReadonlyMap<string, ReadonlyMap<string, string>>,
  originals: ReadonlyMap<string, Readonly<Record<string, string>>>,
): { readonly agrees: boolean; readonly saw: string } {
  const wrong: string[] = [];
  const added = new Map<string, number>();
  for (const [topic, configs] of originals) {
    const overrides = seen.get(topic);
    if (!overrides) {
      wrong.push(`${topic} is not listed`);
      continue;
    }
    for (const [key, value] of Object.entries(configs))
      if (overrides.get(key) !== value) wrong.push(`${topic} ${key}=${overrides.get(key) ?? 'unset'}, not ${value}`);
    for (const [key, value] of overrides)
      if (!(key in configs)) added.set(`${key}=${value}`, (added.get(`${key}=${value}`) ?? 0) + 1);
  }
  for (const [override, topics] of added)
    if (topics < originals.size) wrong.push(`${override} was added on ${topics} of ${originals.size} topics`);
  if (wrong.length > 0) return { agrees: false, saw: wrong.slice(0, 5).join('; ') };
  const besides = added.size === 0 ? '' : `; besides, on every topic: ${[...added.keys()].join(', ')}`;
  return { agrees: true, saw: `${originals.size} topics as their owners had set them${besides}` };
}

/** What a producer that was to write one record saw: acknowledged, or the class of the error. */
export function parseProducerOutput(
  output: string,
):
  | { readonly kind: 'acknowledged' }
  | { readonly kind: 'refused'; readonly by: string }
  | { readonly kind: 'unknown' } {
  let refusedBy: string | null = null;
  for (const line of output.split('\n').filter(text => text.startsWith('{'))) {
    const event: unknown = JSON.parse(line);
    if (typeof event !== 'object' || event === null || !('name' in event)) continue;
    if (event.name === 'producer_send_success') return { kind: 'acknowledged' };
    if (event.name === 'producer_send_error' && 'exception' in event)
      refusedBy =
        String(event.exception)
          .replace(/^class /, '')
          .split('.')
          .at(-1) ?? null;
  }
  return refusedBy === null ? { kind: 'unknown' } : { kind: 'refused', by: refusedBy };
}
