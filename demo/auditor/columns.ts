/** Numbers in growing typed arrays: hundreds of thousands of rows cost bytes, not objects. */
export class Column {
  #values: Float64Array;
  #length = 0;

  constructor(capacity = 1024) {
    this.#values = new Float64Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  /** A view of what was pushed so far; valid until the next push. */
  values(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }
}
