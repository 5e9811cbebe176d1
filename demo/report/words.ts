/** The page's sentences, each true for its ending only. */
import type { Ending } from '../scenarios/scenario.ts';
import type { ClientKind } from '../traffic/client-kind.ts';
import type { DemoCluster } from './demo-report.ts';

interface Words {
  readonly headline: string;
  readonly rates: string;
  readonly lagOnBlue: string;
  readonly lagOnGreen: string;
}

export const WORDS: Readonly<Record<Ending, Words>> = {
  deployed: {
    headline: 'A whole cluster replaced under live traffic',
    rates: "How fast the ends of both clusters' logs grow. They cross at the flip; then blue's never move again.",
    lagOnBlue:
      'Offsets that a group has still to commit on blue. Blue is deleted only after every line has come to zero.',
    lagOnGreen: 'It grows while a group is still held on blue, and falls once its ticket says released.',
  },
  undone: {
    headline: 'A replacement under live traffic, undone before the flip',
    rates: "How fast the ends of the clusters' logs grow. Blue is in service all the time; green never gets a record.",
    lagOnBlue: 'Offsets that a group has still to commit on blue: every group reads on as if nothing had been begun.',
    lagOnGreen: 'Green holds no record, so no group has anything to read there.',
  },
  returned: {
    headline: 'A replacement under live traffic, taken back after the flip',
    rates: "How fast the ends of both clusters' logs grow: to green at the flip, and back to blue.",
    lagOnBlue:
      'Offsets that a group has still to commit on blue, where all of them read from the first record to the last.',
    lagOnGreen: 'What green was given stays there, fenced and counted: no group was sent to read it.',
  },
};

export const CLIENTS: Readonly<Record<ClientKind, string>> = {
  library: "the library's clients",
  plain: 'plain clients that their owners restart without care',
  timer: 'plain clients that a timer replaces',
};

export function describeVersion({ version, mode }: DemoCluster): string {
  return `Kafka ${version ?? '?'} on ${mode === 'kraft' ? 'KRaft' : mode === 'zookeeper' ? 'ZooKeeper' : 'unknown metadata'}`;
}
