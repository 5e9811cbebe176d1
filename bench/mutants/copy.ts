/**
 * A copy of the tree as it is now, uncommitted changes included, in which a mutant may live: nothing of the tree itself is ever
 * changed. Packages and tools are linked, but for the switching package, which is the copy's own.
 */
import { execFile } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Unready } from './unready.ts';

const run = promisify(execFile);
const MOST_BYTES = 64 * 1_024 * 1_024;
const SWITCHING = 'kafka-bluegreen-switching';
/** An edit may leave a name unused; that alone is no wrong type. */
const UNUSED_ALLOWED = ['--noUnusedLocals', 'false', '--noUnusedParameters', 'false'];

export class Copy {
  readonly root: string;
  readonly #originals = new Map<string, string>();

  private constructor(root: string) {
    this.root = root;
  }

  /** Takes the copy below `folder`, ready for tests. */
  static async take(project: string, folder: string): Promise<Copy> {
    const copy = new Copy(folder);
    await mkdir(copy.temporary, { recursive: true });
    const made = new Set<string>();
    for (const file of await filesOf(project)) {
      const place = dirname(join(folder, file));
      if (!made.has(place)) await mkdir(place, { recursive: true });
      made.add(place);
      await copyFile(join(project, file), join(folder, file));
    }
    await symlink(join(project, '.tools'), join(folder, '.tools'));
    await mkdir(join(folder, 'node_modules'));
    for (const name of readdirSync(join(project, 'node_modules')))
      if (name !== SWITCHING) await symlink(join(project, 'node_modules', name), join(folder, 'node_modules', name));
    await symlink(join(folder, 'switching'), join(folder, 'node_modules', SWITCHING));
    await copy.#buildSwitching();
    return copy;
  }

  /** Where tests in it keep what is temporary. */
  get temporary(): string {
    return join(this.root, '.tmp');
  }

  /** Puts other sources in the place of files, until `restore`. */
  async change(sources: ReadonlyMap<string, string>): Promise<void> {
    for (const [file, source] of sources) {
      const path = join(this.root, file);
      if (!this.#originals.has(file)) this.#originals.set(file, readFileSync(path, 'utf8'));
      writeFileSync(path, source);
    }
    if (changesSwitching(sources.keys())) await this.#buildSwitching();
  }

  async restore(): Promise<void> {
    for (const [file, source] of this.#originals) writeFileSync(join(this.root, file), source);
    const rebuild = changesSwitching(this.#originals.keys());
    this.#originals.clear();
    if (rebuild) await this.#buildSwitching();
  }

  /** What the compiler says against the sources as they are; empty when nothing. */
  async typeErrors(): Promise<string> {
    return this.#compile(['-p', 'tsconfig.json', '--noEmit', ...UNUSED_ALLOWED]);
  }

  async #buildSwitching(): Promise<void> {
    const errors = await this.#compile(['-p', 'switching', ...UNUSED_ALLOWED]);
    if (errors !== '') throw new Unready(`The switching package cannot be built in the copy:\n${errors}`);
  }

  async #compile(args: readonly string[]): Promise<string> {
    try {
      await run(process.execPath, ['node_modules/typescript/bin/tsc', ...args], { cwd: this.root });
      return '';
    } catch (error) {
      const { stdout = '', message } = error as Error & { readonly stdout?: string };
      return stdout === '' ? message : stdout;
    }
  }
}

/** Every file that git knows or would add, as it stands in the working tree. */
async function filesOf(project: string): Promise<string[]> {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await run('git', list, { cwd: project, maxBuffer: MOST_BYTES }).catch((error: Error) => {
    throw new Unready(`Only a clone can be copied, by what git knows of it, and git says: ${error.message.trim()}`);
  });
  return stdout.split('\0').filter(file => file !== '' && isFile(join(project, file)));
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function changesSwitching(files: Iterable<string>): boolean {
  return [...files].some(file => file.startsWith('switching/'));
}
