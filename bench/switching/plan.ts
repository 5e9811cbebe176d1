/** How long everything takes. */
export interface Plan {
  readonly partitions: number;
  readonly messageBytes: readonly number[];
  /** Each client is flooded and paced once a round, one after the other. */
  readonly rounds: number;
  readonly floodMs: number;
  readonly paceMs: number;
  /** Messages a second at which latency is measured. */
  readonly pacePerSecond: number;
  readonly flips: number;
  readonly flipPerSecond: number;
  /** Of traffic before a flip. */
  readonly beforeFlipMs: number;
  readonly producers: readonly number[];
  readonly holdMs: number;
}

const common = { partitions: 20, messageBytes: [100, 1_024], pacePerSecond: 1_000, flipPerSecond: 5_000 };

export const FULL: Plan = {
  ...common,
  rounds: 4,
  floodMs: 2_000,
  paceMs: 1_500,
  flips: 4,
  beforeFlipMs: 2_000,
  producers: [1, 50],
  holdMs: 60_000,
};

export const QUICK: Plan = {
  ...common,
  rounds: 1,
  floodMs: 1_000,
  paceMs: 500,
  flips: 1,
  beforeFlipMs: 500,
  producers: [1, 10],
  holdMs: 5_000,
};
