/** What a run of the bench found, as bench/results/switching.json holds it. */
import type { FlipClient, SteadyClient } from './clients.ts';

export interface SteadyRow {
  readonly client: SteadyClient;
  readonly messageBytes: number;
  /** Acknowledged; the median of the rounds. */
  readonly messagesPerSecond: number;
  /** From `send` to its answer, at the equal pace; the median of the rounds. */
  readonly p99Ms: number;
}

export interface FlipRow {
  readonly client: FlipClient;
  /** Over the partitions of all flips: from the last acknowledgement by blue to the first by green. */
  readonly stallMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly lost: number;
  readonly doubled: number;
  readonly reordered: number;
}

export interface MemoryRow {
  readonly client: 'kafka-bluegreen' | 'kafkajs';
  readonly producers: number;
  readonly rssBytes: number;
}

export interface HoldResult {
  readonly holdMs: number;
  readonly offeredPerSecond: number;
  readonly maxBufferBytes: number;
  readonly mostBufferedBytes: number;
  readonly mostHeapBytes: number;
  readonly mostRssBytes: number;
  /** Calls of `send` that were open at once, the buffered ones and those that waited for room. */
  readonly mostUnanswered: number;
  /** After the hold was over. */
  readonly failed: number;
}

export interface SwitchingResults {
  readonly date: string;
  readonly machine: { readonly cores: number; readonly model: string; readonly node: string };
  readonly versions: Readonly<Record<string, string>>;
  readonly quick: boolean;
  readonly seconds: number;
  readonly plan: {
    readonly rounds: number;
    readonly pacePerSecond: number;
    readonly flips: number;
    readonly flipPerSecond: number;
  };
  readonly steady: readonly SteadyRow[];
  readonly flip: readonly FlipRow[];
  readonly memory: readonly MemoryRow[];
  readonly hold: HoldResult;
}
