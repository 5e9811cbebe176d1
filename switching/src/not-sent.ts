/** The request did not leave this process: nothing can have been stored by it. */
export class NotSent extends Error {
  constructor(cause: unknown) {
    super(`Nothing was sent: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'NotSent';
  }
}
