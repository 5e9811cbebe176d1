/** One switch at a time in this process: a process with fifty clients does not open fifty new ones in one instant. */
let last: Promise<unknown> = Promise.resolve();

/** Runs `act` when all that was given before has ended. */
export function oneAtATime<T>(act: () => Promise<T>): Promise<T> {
  const mine = last.then(act);
  last = mine.catch(() => undefined);
  return mine;
}
