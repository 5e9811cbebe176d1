/** A queue out of whose middle an item is taken, and to whose head it is put back, in constant time. */

export interface Linked<Item> {
  previous: Item | null;
  next: Item | null;
}

/** An item stands in at most one queue at a time. */
export class LinkedQueue<Item extends Linked<Item>> {
  #first: Item | null = null;
  #last: Item | null = null;

  get first(): Item | null {
    return this.#first;
  }

  push(item: Item): void {
    item.previous = this.#last;
    item.next = null;
    if (this.#last === null) this.#first = item;
    else this.#last.next = item;
    this.#last = item;
  }

  unshift(item: Item): void {
    item.previous = null;
    item.next = this.#first;
    if (this.#first === null) this.#last = item;
    else this.#first.previous = item;
    this.#first = item;
  }

  /** The item must stand in this queue. */
  remove(item: Item): void {
    if (item.previous === null) this.#first = item.next;
    else item.previous.next = item.next;
    if (item.next === null) this.#last = item.previous;
    else item.next.previous = item.previous;
    item.previous = null;
    item.next = null;
  }
}
