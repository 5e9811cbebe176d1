/** Gathers what is added in one turn of the event loop, and hands each over once when the turn has ended. */
export class EndOfTurn<Item> {
  readonly #handle: (item: Item) => void;
  readonly #items = new Set<Item>();

  constructor(handle: (item: Item) => void) {
    this.#handle = handle;
  }

  add(item: Item): void {
    if (this.#items.size === 0) setImmediate(() => this.#handOver());
    this.#items.add(item);
  }

  #handOver(): void {
    const items = [...this.#items];
    this.#items.clear();
    for (const item of items) this.#handle(item);
  }
}
