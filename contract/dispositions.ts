/**
 * What becomes of each topic and each group: decided in preflight from the inventory and the request, kept as evidence,
 * and read by every later phase. Nothing without a disposition is ever started on.
 */
export type TopicDisposition = 'drain' | 'ambient' | 'waive';
export type GroupDisposition = 'move' | 'ephemeral' | 'abandoned' | 'external';

/** Who decided an exception, and why; null where the tool's own rule decided. */
export interface Decision {
  readonly by: string;
  readonly reason: string;
}

export interface DisposedTopic {
  readonly topic: string;
  readonly disposition: TopicDisposition;
  readonly historyKept: boolean;
  readonly decision: Decision | null;
}

export interface DisposedGroup {
  readonly group: string;
  readonly disposition: GroupDisposition;
  /** Where the group counts from on partitions it never committed: `latest` counts from preflight's ends. */
  readonly start: 'earliest' | 'latest';
  readonly decision: Decision | null;
  /** All members announce a switch-aware client (client ids end in `+bluegreen`). */
  readonly switchAware: boolean;
}

export interface Dispositions {
  readonly topics: readonly DisposedTopic[];
  readonly groups: readonly DisposedGroup[];
  /** Preflight's end offsets (decimal strings) by topic and partition index: the start of `latest` groups. */
  readonly preflightEnds: Readonly<Record<string, readonly string[]>>;
  /** The ids of blue's topics by name, as preflight saw them: one that was deleted and created anew has another. Without its id a topic is known by its name alone. */
  readonly topicIds?: Readonly<Record<string, string>>;
}
