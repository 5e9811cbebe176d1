/**
 * The fixed target of the drain: per partition the end that every replica agreed on after the fence was proved and no
 * transaction was open. Offsets are decimal strings.
 */
export interface FrozenPartition {
  readonly partition: number;
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly start: string;
  /** Log end = high watermark = last stable offset of every replica. */
  readonly end: string;
}

export interface FrozenTopic {
  readonly topic: string;
  readonly frozenAt: string;
  readonly partitions: readonly FrozenPartition[];
}

export interface FrozenEnds {
  readonly clusterId: string;
  readonly topics: readonly FrozenTopic[];
  /** Waived topics that are fenced and whose ends could not be fixed; absent when there is none. */
  readonly unfrozen?: readonly string[];
}
