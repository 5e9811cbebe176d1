/** A process of the bench that runs one client: asked one thing at a time, ended with the process that started it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { extname, join } from 'node:path';

const ENDS_WITHIN_MS = 30_000;

/** What a child may tell: an answer, that it failed, or news that was not asked for. */
type Told = { readonly answer: unknown } | { readonly failure: string } | { readonly news: unknown };

export class Child<Question, Answer, News = never> {
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  #waiting: { readonly resolve: (answer: Answer) => void; readonly reject: (error: Error) => void } | null = null;

  /** `program` is a file of this folder without its ending, `task` what it is told at its start. */
  constructor(program: string, task: unknown, onNews: (news: News) => void = () => undefined) {
    const file = join(import.meta.dirname, `${program}${extname(import.meta.filename)}`);
    this.#process = fork(file, [JSON.stringify(task)], { serialization: 'advanced' });
    this.#exited = once(this.#process, 'exit').then(([code, signal]) => {
      this.#waiting?.reject(new Error(`${program} ended with ${signal ?? `code ${code}`}. Its output says why.`));
    });
    this.#process.on('message', (told: Told) => {
      if ('news' in told) onNews(told.news as News);
      else if ('failure' in told) this.#waiting?.reject(new Error(told.failure));
      else this.#waiting?.resolve(told.answer as Answer);
    });
  }

  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#process.send(question as object, error => {
        if (error !== null) reject(error);
      });
    });
  }

  /** Asks it to end in order, by SIGTERM, and returns when it has; ends it where it does not. */
  async stop(): Promise<void> {
    this.#waiting = null;
    this.#process.kill('SIGTERM');
    const hung = setTimeout(() => this.#process.kill('SIGKILL'), ENDS_WITHIN_MS);
    await this.#exited;
    clearTimeout(hung);
  }
}
