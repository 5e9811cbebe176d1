// @ts-check
/** Something a person can act on: its message says what was expected, what was seen and what to do; it is shown without a stack. */
export class Trouble extends Error {}

/** @param {unknown} error @returns {string} in words, with the stack of what nobody expected */
export function inWords(error) {
  if (error instanceof Trouble) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The user asked to stop. */
export class Interrupted extends Error {
  /** @param {NodeJS.Signals} signal */
  constructor(signal) {
    super(`stopped by ${signal}`);
    this.signal = signal;
  }
}
