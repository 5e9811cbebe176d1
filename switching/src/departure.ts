/** What a lane leaves behind when another takes its place, counted in records until nothing is outstanding on it. */

export interface Departure {
  /** Not taken by it: sent to the next. */
  readonly carriedOver: number;
  /** Their fate was unknown in between. */
  readonly resolved: number;
  /** Sent to the next cluster although this one, which is gone, may have stored them. */
  readonly possiblyDoubled: number;
}

/** One lane's, while it goes on. */
export class Departing {
  /** Resolves when the lane is closed. */
  readonly departed: Promise<Departure>;
  carriedOver = 0;
  resolved = 0;
  possiblyDoubled = 0;
  #end: (departure: Departure) => void = () => undefined;

  constructor() {
    this.departed = new Promise(resolve => {
      this.#end = resolve;
    });
  }

  end(): void {
    this.#end({ carriedOver: this.carriedOver, resolved: this.resolved, possiblyDoubled: this.possiblyDoubled });
  }
}

/** Of all of them together. */
export function sumOf(departures: readonly Departure[]): Departure {
  const sum = { carriedOver: 0, resolved: 0, possiblyDoubled: 0 };
  for (const { carriedOver, resolved, possiblyDoubled } of departures) {
    sum.carriedOver += carriedOver;
    sum.resolved += resolved;
    sum.possiblyDoubled += possiblyDoubled;
  }
  return sum;
}
