/** Where the demo prints: a terminal gets a block that is redrawn below the lines, anything else a line every few seconds. */
import { type ProgressView, renderBlock, renderLine } from './progress.ts';

const REDRAW_EVERY_MS = 500;
const LINE_EVERY_MS = 5_000;

export class Screen {
  readonly #out: NodeJS.WriteStream;
  #drawn = 0;
  #view: (() => ProgressView) | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  say(line: string): void {
    this.#erase();
    this.#out.write(`${line}\n`);
    this.#draw();
  }

  /** Shows the view until `rest` is called. */
  follow(view: () => ProgressView): void {
    this.#view = view;
    this.#timer = setInterval(
      () => {
        if (!this.#out.isTTY) this.#out.write(`${renderLine(view())}\n`);
        this.#erase();
        this.#draw();
      },
      this.#out.isTTY ? REDRAW_EVERY_MS : LINE_EVERY_MS,
    );
  }

  rest(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#erase();
    this.#view = null;
  }

  #draw(): void {
    if (!this.#out.isTTY || this.#view === null) return;
    const lines = renderBlock(this.#view()).map(line => line.slice(0, Math.max(20, this.#out.columns - 1)));
    this.#out.write(`${lines.join('\n')}\n`);
    this.#drawn = lines.length;
  }

  #erase(): void {
    if (this.#drawn === 0) return;
    this.#out.moveCursor(0, -this.#drawn);
    this.#out.cursorTo(0);
    this.#out.clearScreenDown();
    this.#drawn = 0;
  }
}
