/**
 * Looks that are behind: for a while after a write AWS may answer from a copy that has not heard of it yet, with what it said
 * before, or that it knows no such thing.
 */
import type { IncomingHttpHeaders } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** How each service says that it knows no such thing. */
const unknown: Readonly<Record<string, { status: number; code: string; message: string }>> = {
  cloudformation: { status: 400, code: 'ValidationError', message: 'Stack with this id does not exist' },
  ec2: { status: 400, code: 'InvalidInstanceID.NotFound', message: 'The instance ID does not exist' },
  elasticloadbalancing: { status: 400, code: 'TargetGroupNotFound', message: 'Target group not found' },
};
const unknownChange = { status: 404, code: 'NoSuchChange', message: 'Could not find resource with this ID' };

type Old =
  | ({ readonly kind: 'answer' } & Answer)
  | { readonly kind: 'unknown'; readonly status: number; readonly code: string; readonly message: string };

/** What looks were answered last, and what they had been answered when the writing began. */
export class AnswersBefore {
  readonly #last = new Map<string, Answer>();
  #old = new Map<string, Answer>();
  #behindSince: number | null = null;
  #longestMs = 0;

  keep(call: string, answer: Answer): void {
    this.#last.set(call, answer);
  }

  /** Writes one after the other do not put the end of being behind off. */
  written(): void {
    if (this.#behindSince !== null && Date.now() - this.#behindSince < this.#longestMs) return;
    this.#behindSince = Date.now();
    this.#old = new Map(this.#last);
  }

  /** The old answer while it is still given; null once looks are up to date, or where a look cannot be behind. */
  before(call: string, service: string, action: string, ms: number): Old | null {
    this.#longestMs = ms;
    if (this.#behindSince === null || Date.now() - this.#behindSince >= ms) return null;
    const answer = this.#old.get(call);
    if (answer !== undefined) return { kind: 'answer', ...answer };
    if (action === 'GetChange') return { kind: 'unknown', ...unknownChange };
    const said = unknown[service];
    return said === undefined ? null : { kind: 'unknown', ...said };
  }

  upToDate(): void {
    this.#behindSince = null;
  }
}
