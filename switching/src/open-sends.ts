/**
 * Lets `flush` wait for every send before it, and for none after it. There may be a hundred thousand sends a second: each costs
 * an addition when it begins and a subtraction when it ends, and keeps nothing.
 */

/** The sends between two calls of `flush`. */
export class Round {
  #open = 0;
  #over: (() => void) | null = null;

  begin(): void {
    this.#open += 1;
  }

  end(): void {
    this.#open -= 1;
    if (this.#open === 0) this.#over?.();
  }

  /** Resolves when all that began have ended. Called once, when no other is to begin. */
  ended(): Promise<void> {
    return new Promise(resolve => {
      if (this.#open === 0) resolve();
      else this.#over = resolve;
    });
  }
}

export class OpenSends {
  #round = new Round();
  #before: Promise<unknown> = Promise.resolve();

  /** What a send that begins now belongs to. */
  get round(): Round {
    return this.#round;
  }

  /** Resolves when every send that began so far has ended. */
  async ended(): Promise<void> {
    this.#before = Promise.all([this.#before, this.#round.ended()]);
    this.#round = new Round();
    await this.#before;
  }
}
