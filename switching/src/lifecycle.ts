/**
 * Connecting and disconnecting: each is done once at a time, however often it is asked for, and everybody who asks waits for its
 * end. Neither overtakes the other, so what one of them opens the other one does not close too early.
 */
import { NoPlaceToStart } from './no-place-to-start.ts';

export interface Life {
  begin(): Promise<void>;
  /** `failed`: it could not begin. Called at most once for each time it began. */
  end(after: 'connected' | 'failed'): Promise<void>;
}

export class Lifecycle {
  readonly #life: Life;
  #connecting: Promise<void> | null = null;
  #ending: Promise<void> | null = null;
  #begun = 0;

  constructor(life: Life) {
    this.#life = life;
  }

  /** Rejects when it could not begin; it can be called again then. */
  connect(): Promise<void> {
    if (this.#connecting !== null) return this.#connecting;
    this.#begun += 1;
    this.#connecting = this.#connect(this.#begun);
    return this.#connecting;
  }

  disconnect(): Promise<void> {
    if (this.#connecting !== null) {
      this.#connecting = null;
      this.#begun += 1;
      this.#end('connected');
    }
    return this.#ending ?? Promise.resolve();
  }

  async #connect(mine: number): Promise<void> {
    if (this.#ending !== null) await this.#ending.catch(() => undefined);
    if (this.#begun !== mine) throw new NoPlaceToStart('disconnect was called');
    try {
      await this.#life.begin();
    } catch (error) {
      if (this.#begun === mine) {
        this.#connecting = null;
        this.#end('failed');
      }
      await this.#ending?.catch(() => undefined);
      throw error;
    }
  }

  /** While an end goes on nothing has begun. */
  #end(after: 'connected' | 'failed'): void {
    this.#ending ??= this.#life.end(after).finally(() => {
      this.#ending = null;
    });
  }
}
