/** How many records are due: whole ones out of a rate, with the fractions kept, so that the rate holds over any time. */
export class Pace {
  readonly #perMs: number;
  #owed = 0;

  constructor(perSecond: number) {
    this.#perMs = perSecond / 1_000;
  }

  /** Records due after another `elapsedMs`; a long gap is not caught up beyond `most`. */
  due(elapsedMs: number, most: number): number {
    this.#owed = Math.min(this.#owed + elapsedMs * this.#perMs, most);
    const whole = Math.floor(this.#owed);
    this.#owed -= whole;
    return whole;
  }
}
