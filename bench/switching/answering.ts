/** The other end of child.ts, within the process. */

/** What it was told at its start. */
export function taskOf(): unknown {
  return JSON.parse(process.argv[2] ?? '');
}

/** Answers each question; `end` is called once, at SIGTERM, and the process ends after it or with the one that started it. */
export function answerQuestions(answer: (question: unknown) => Promise<unknown>, end: () => Promise<unknown>): void {
  process.on('message', question => {
    answer(question).then(
      value => process.send?.({ answer: value }),
      (error: unknown) =>
        process.send?.({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.once('SIGTERM', () => {
    void end().finally(() => process.disconnect());
  });
  process.once('disconnect', () => process.exit());
}

/** Resolves when it has left this process. */
export function tellNews(news: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined) return reject(new Error('Nobody listens: this process is started by the bench.'));
    process.send({ news }, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });
}
