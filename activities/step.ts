/**
 * What every activity has in common: it beats while it makes progress, it ends when it is cancelled, and whatever goes wrong
 * reaches the workflow as one sentence with a stable type that says whether trying again can help.
 */
import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { AwsRefused, awsTrouble, NotYet } from '../aws/errors.ts';
import { EvidenceAltered, EvidenceMissing, EvidenceUnusable } from '../evidence/store.ts';
import { KafkaTrouble } from '../kafka/errors.ts';
import { heartbeatDetails } from './heartbeats.ts';

/** Handed to everything that takes long. */
export interface Pace {
  readonly signal: AbortSignal;
  /** Says what is being done; becomes the heartbeat's details, cut to their bound, together with what is carried. */
  readonly progress: (details: object) => void;
  /** What the next attempt must find in the heartbeat's details, whatever progress says; a few hundred bytes at most. */
  readonly carry: (facts: object) => void;
}

/** A step that shows no progress for this long stops beating, so that a hang is seen as one. */
const LONGEST_SILENCE_MS = 120_000;
const BEAT_EVERY_MS = 3_000;
/** Characters of a failure's message. */
const LONGEST_MESSAGE = 2_000;

/** Whether somebody asked for the end of this step; a worker that shuts down only moves the step to another one. */
export function askedToEnd(): boolean {
  return Context.current().cancellationDetails?.cancelRequested === true;
}

/** A final refusal of our own making: expected, seen, on what, what to do next. */
export class Refused extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.name = type;
    this.type = type;
  }
}

const MOST_TRIES_OF_EVIDENCE = 5;

/** Runs the body of an activity. */
export async function perform<T>(body: (pace: Pace) => Promise<T>): Promise<T> {
  const context = Context.current();
  // Until there is progress of our own, what the last attempt said stays: the attempt after this one resumes from it.
  let details: unknown = context.info.heartbeatDetails ?? null;
  let carried: object = {};
  let lastProgress = Date.now();
  const beat = setInterval(() => {
    if (Date.now() - lastProgress < LONGEST_SILENCE_MS) context.heartbeat(details);
  }, BEAT_EVERY_MS);
  context.heartbeat(details);
  try {
    return await body({
      signal: context.cancellationSignal,
      progress: next => {
        details = heartbeatDetails(next, carried);
        lastProgress = Date.now();
        context.heartbeat(details);
      },
      carry: facts => {
        carried = { ...carried, ...facts };
      },
    });
  } catch (error) {
    if (context.cancellationSignal.aborted) await context.cancelled;
    throw failureOf(error, carried);
  } finally {
    clearInterval(beat);
  }
}

/** What went wrong, as the sentence that a person reads. */
export function explain(error: unknown): string {
  return troubleOf(error).message;
}

/** What was carried goes with the failure: a run that holds goes on from there, like a next attempt does. */
function failureOf(error: unknown, carried: object): Error {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  const { message, type, retriable } = troubleOf(error);
  return ApplicationFailure.create({
    message: message.slice(0, LONGEST_MESSAGE),
    type,
    nonRetryable: !retriable,
    details: [carried],
    ...(error instanceof Error && { cause: causeOf(error) }),
  });
}

/** The error as a failure's cause: both travel through history, so what a broker or AWS dumped into one is cut, and its own causes stay here. */
function causeOf({ name, message, stack = '' }: Error): Error {
  const cause = new Error(message.slice(0, LONGEST_MESSAGE));
  return Object.assign(cause, { name, stack: stack.slice(0, 2 * LONGEST_MESSAGE) });
}

function troubleOf(error: unknown): { message: string; type: string; retriable: boolean } {
  if (error instanceof Refused) return { message: error.message, type: error.type, retriable: false };
  if (error instanceof KafkaTrouble) {
    const type = error.code ?? `Kafka-${error.kind}`;
    return { message: error.message, type, retriable: error.retriable };
  }
  if (error instanceof EvidenceAltered || error instanceof EvidenceMissing)
    return { message: error.message, type: error.name, retriable: false };
  if (error instanceof EvidenceUnusable) {
    // A disk may be away for a moment; one that stays away needs a person, who hears of it by the hold.
    const retriable = Context.current().info.attempt < MOST_TRIES_OF_EVIDENCE;
    return { message: error.message, type: error.name, retriable };
  }
  if (error instanceof AwsRefused || error instanceof NotYet) return awsTrouble(error);
  if (error instanceof Error && isOurMistake(error))
    return { message: error.message, type: error.name, retriable: true };
  return awsTrouble(error);
}

/** A bug: tried again, because the next version of the worker may be without it; visible as a failing activity meanwhile. */
function isOurMistake(error: Error): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}
