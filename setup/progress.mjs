// @ts-check
// What a person sees while parts are brought: one line a part, redrawn on a terminal; elsewhere a line when it starts and one when it ends.
/** @typedef {{ what: string, startedMs: number, state: { kind: 'running' } | { kind: 'ended', note: string, seconds: string } }} Line */

export class Progress {
  /** @type {Map<string, Line>} */
  #lines = new Map();
  #drawn = 0;
  /** @type {NodeJS.Timeout | null} */
  #timer = null;
  #out;
  #now;

  /** @param {{ isTTY?: boolean, columns?: number, write(text: string): unknown }} out @param {() => number} [now] milliseconds */
  constructor(out, now = () => performance.now()) {
    this.#out = out;
    this.#now = now;
  }

  /** @param {string} name @param {string} what */
  start(name, what) {
    this.#lines.set(name, { what, startedMs: this.#now(), state: { kind: 'running' } });
    if (this.#out.isTTY) {
      this.#timer ??= setInterval(() => this.#draw(), 250).unref();
      this.#draw();
    } else this.#out.write(`${label(name)} ${what} …\n`);
  }

  /** @param {string} name @param {string} note */
  end(name, note) {
    const line = this.#lines.get(name);
    if (line === undefined) return;
    const seconds = this.#seconds(line);
    line.state = { kind: 'ended', note, seconds };
    if (this.#out.isTTY) this.#draw();
    else this.#out.write(`${label(name)} ${note}, ${seconds} s\n`);
  }

  /** @param {string} text a line above the parts */
  say(text) {
    if (this.#out.isTTY) this.#clear();
    this.#out.write(`${text}\n`);
    if (this.#out.isTTY) this.#draw();
  }

  /** Draws for the last time. */
  close() {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#drawn = 0;
  }

  /** @param {Line} line */
  #seconds(line) {
    return ((this.#now() - line.startedMs) / 1000).toFixed(1);
  }

  #clear() {
    if (this.#drawn > 0) this.#out.write(`\u001b[${this.#drawn}A\u001b[J`);
    this.#drawn = 0;
  }

  #draw() {
    this.#clear();
    const width = (this.#out.columns || 80) - 1;
    for (const [name, line] of this.#lines) {
      const { state } = line;
      const end = state.kind === 'running' ? `… ${this.#seconds(line)} s` : `${state.note}, ${state.seconds} s`;
      this.#out.write(`${`${label(name)} ${line.what}: ${end}`.slice(0, width)}\n`);
      this.#drawn += 1;
    }
  }
}

/** @param {string} name */
const label = name => `  ${name.padEnd(14)}`;
