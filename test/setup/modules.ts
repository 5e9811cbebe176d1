// set-up is JavaScript without a build; tests load it by path and say here what they use of it.
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export const setupFolder = join(import.meta.dirname, '..', '..', 'setup');

export interface Lock {
  readonly takeLock: (
    file: string,
    options?: { waiting?: (pid: number) => void; check?: () => void; pollMs?: number },
  ) => Promise<() => void>;
}

export interface Part {
  readonly name: string;
  readonly what: string;
  readonly after: readonly string[];
  readonly wanted: () => unknown;
  readonly present: () => boolean;
  readonly make: () => Promise<string | undefined>;
}

export interface Parts {
  readonly bring: (
    parts: readonly Part[],
    options: { progress: object; prepare: () => Promise<void> },
  ) => Promise<void>;
  readonly readStamp: (name: string) => unknown;
}

export interface ProgressModule {
  readonly Progress: new (out: { write(text: string): unknown }) => object;
}

export interface Versions {
  readonly atLeast: (text: string, least: readonly [number, number]) => boolean;
  readonly nodeIsInRange: (version: string) => boolean;
  readonly javaMajor: (text: string) => number;
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface Testing {
  readonly runTests: (
    kind: 'unit' | 'server',
    files: readonly string[],
    flags?: readonly string[],
    options?: { endsWithinMs?: number; print?: (text: string) => void },
  ) => Promise<Counts>;
  readonly testFiles: () => { readonly unit: readonly string[]; readonly server: readonly string[] };
  readonly matching: (patterns: readonly string[], files: readonly string[]) => readonly string[];
}

/** Loads a module of set-up; the caller names the interface above that the file has. */
export async function load(file: string, folder = setupFolder): Promise<unknown> {
  return await import(pathToFileURL(join(folder, file)).href);
}

/** A project's folder of its own with a copy of set-up, which therefore brings everything to there. */
export function scratchProject(): { root: string; setup: string } {
  const root = mkdtempSync(join(tmpdir(), 'set-up-'));
  const setup = join(root, 'setup');
  cpSync(setupFolder, setup, { recursive: true });
  return { root, setup };
}
