/** Names that a person should know of: told when one of them is new, taken back when none is left. Every telling costs history. */
import type { Attention } from '../contract/observation.ts';
import type { Dependencies } from './dependencies.ts';

export class Naming {
  readonly #tell: Dependencies['tell'];
  readonly #kind: Attention['kind'];
  /** Null before the first look: a step that was started again does not know what the one before it had told. */
  #told: Set<string> | null = null;

  constructor({ tell }: Pick<Dependencies, 'tell'>, kind: Attention['kind']) {
    this.#tell = tell;
    this.#kind = kind;
  }

  async name(names: readonly string[], attention: () => Attention): Promise<void> {
    if (names.length === 0) {
      if (this.#told?.size !== 0) await this.#tell({ kind: 'clear', what: this.#kind });
      this.#told = new Set();
      return;
    }
    this.#told ??= new Set();
    const told = this.#told;
    if (names.every(name => told.has(name))) return;
    for (const name of names) told.add(name);
    await this.#tell(attention());
  }
}
