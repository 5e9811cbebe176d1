/** Adds partitions to one transaction before anything is sent to them: those that come together with one request. */

interface Place {
  readonly topic: string;
  readonly partition: number;
}

interface Together {
  readonly partitions: Place[];
  readonly done: Promise<void>;
}

export class Registrar {
  readonly #add: (partitions: readonly Place[]) => Promise<void>;
  readonly #added = new Map<string, Promise<void>>();
  #together: Together | null = null;

  /** `add` resolves when all of them belong to the transaction. */
  constructor(add: (partitions: readonly Place[]) => Promise<void>) {
    this.#add = add;
  }

  partition(topic: string, partition: number): Promise<void> {
    const name = `${topic} ${partition}`;
    const known = this.#added.get(name);
    if (known !== undefined) return known;
    this.#together ??= this.#begin();
    this.#together.partitions.push({ topic, partition });
    this.#added.set(name, this.#together.done);
    return this.#together.done;
  }

  #begin(): Together {
    const partitions: Place[] = [];
    const done = new Promise<void>(resolve => setImmediate(resolve)).then(() => {
      this.#together = null;
      return this.#add(partitions);
    });
    return { partitions, done };
  }
}

/** As a request lists them. */
export function byTopic(
  partitions: readonly Place[],
): { readonly topic: string; readonly partitions: readonly number[] }[] {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of partitions) {
    const others = topics.get(topic);
    if (others === undefined) topics.set(topic, [partition]);
    else others.push(partition);
  }
  return [...topics].map(([topic, numbers]) => ({ topic, partitions: numbers }));
}
