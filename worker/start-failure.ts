/** What the worker ends with when it cannot start, or cannot go on: one sentence that says what to do next, and the exit code. */
import { inspect } from 'node:util';
import { AwsRefused } from '../aws/errors.ts';
import { ExitCode } from '../contract/exit-codes.ts';
import { connectTrouble, type TemporalPlace, temporalSettings } from '../contract/temporal-trouble.ts';
import { EvidenceUnusable } from '../evidence/store.ts';
import { ConfigurationError } from './configuration.ts';

export interface StartFailure {
  readonly exitCode: ExitCode;
  readonly message: string;
}

/** Wraps what failed while Temporal's own settings were read. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Wraps what failed while Temporal was called at this place. */
export class TemporalError extends Error {
  override readonly name = 'TemporalError';
  readonly place: TemporalPlace;

  constructor(place: TemporalPlace, cause: unknown) {
    super('Temporal could not be used.', { cause });
    this.place = place;
  }
}

export function startFailure(error: unknown): StartFailure {
  if (error instanceof ConfigurationError) return { exitCode: ExitCode.Refused, message: error.message };
  if (error instanceof SettingsError) return refused(temporalSettings(error.cause));
  if (error instanceof AwsRefused || error instanceof EvidenceUnusable) return refused(error.message);
  const trouble = error instanceof TemporalError ? connectTrouble(error.cause, error.place) : null;
  if (trouble !== null) return { exitCode: ExitCode.Unreachable, message: cannotStart(trouble) };
  return {
    exitCode: ExitCode.Unforeseen,
    message: `The worker ended for a reason that was not foreseen. Runs wait, nothing is lost. Start it again; if it stays so, report it with these lines:\n${inspect(error)}`,
  };
}

function refused(sentence: string): StartFailure {
  return { exitCode: ExitCode.Refused, message: cannotStart(sentence) };
}

function cannotStart(sentence: string): string {
  return `The worker cannot start. ${sentence}`;
}
