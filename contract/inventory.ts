/**
 * What one cluster holds, as plain JSON: taken from blue in preflight and kept as evidence, taken again from both
 * clusters whenever they are compared. Offsets and byte counts are decimal strings.
 */
export interface Inventory {
  readonly clusterId: string;
  /** ISO 8601, by the worker's clock. */
  readonly takenAt: string;
  readonly brokers: readonly BrokerFacts[];
  readonly topics: readonly TopicFacts[];
  readonly groups: readonly GroupFacts[];
  readonly acls: readonly AclFacts[];
  readonly quotas: readonly QuotaFacts[];
  readonly users: readonly UserFacts[];
}

export interface BrokerFacts {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

/** A config key's value and where it comes from; `topic` marks an override on the topic itself. */
export interface ConfigFacts {
  readonly value: string | null;
  readonly source: 'topic' | 'broker' | 'default' | 'other';
}

export interface PartitionFacts {
  readonly partition: number;
  /** Broker id, or null when the partition is offline. */
  readonly leader: number | null;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  /** Log start and high watermark, decimal strings; null when no broker answered for the partition. */
  readonly start: string | null;
  readonly end: string | null;
  /** Bytes on disk of the largest replica, decimal string; null when unknown. */
  readonly sizeBytes: string | null;
}

export interface TopicFacts {
  readonly name: string;
  readonly id: string | null;
  /** Kafka's own bookkeeping (`__consumer_offsets`, `__transaction_state`, `__share_group_state`, …). */
  readonly internal: boolean;
  readonly partitions: readonly PartitionFacts[];
  /** Effective value of every key by name. */
  readonly configs: Readonly<Record<string, ConfigFacts>>;
}

/** `classic` also covers groups without members that only hold commits (protocol type empty). */
export type GroupType = 'classic' | 'consumer' | 'share' | 'streams' | 'connect' | 'unknown';

export interface GroupFacts {
  readonly group: string;
  readonly type: GroupType;
  /** Kafka's state word: Stable, Empty, PreparingRebalance, CompletingRebalance, Dead, … */
  readonly state: string;
  readonly protocolType: string;
  readonly members: readonly MemberFacts[];
  readonly commits: readonly CommitFacts[];
}

export interface MemberFacts {
  readonly memberId: string;
  readonly clientId: string;
  readonly host: string;
  /** Topics the member subscribed to; empty when the protocol hides it. */
  readonly subscriptions: readonly string[];
  readonly assignment: readonly { readonly topic: string; readonly partitions: readonly number[] }[];
}

export interface CommitFacts {
  readonly topic: string;
  readonly partition: number;
  /** Decimal string. */
  readonly offset: string;
}

export interface AclFacts {
  /** Stable one-line name, as used in a waiver: `ALLOW User:alice READ topic orders (literal) from *`. */
  readonly name: string;
}

export interface QuotaFacts {
  /** Stable one-line name: `user=alice,client-id=<default> producer_byte_rate=1048576`. */
  readonly name: string;
}

export interface UserFacts {
  /** SCRAM user and mechanism: `alice SCRAM-SHA-512`. */
  readonly name: string;
}
