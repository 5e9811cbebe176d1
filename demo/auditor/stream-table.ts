/** Gives every stream a small number, in the order of first sight. */
import type { Stream } from './audit.ts';

export class StreamTable {
  readonly #indices = new Map<string, number>();
  readonly #streams: Stream[] = [];

  intern(stream: Stream): number {
    const name = `${stream.topic}\0${stream.key}\0${stream.producer}`;
    const known = this.#indices.get(name);
    if (known !== undefined) return known;
    const index = this.#streams.length;
    this.#indices.set(name, index);
    this.#streams.push(stream);
    return index;
  }

  all(): readonly Stream[] {
    return this.#streams;
  }

  /** Streams from an index on: what the other side of a pipe has not been told yet. */
  since(index: number): readonly Stream[] {
    return this.#streams.slice(index);
  }
}
