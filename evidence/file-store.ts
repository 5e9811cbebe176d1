/**
 * Evidence in a folder. Files are written aside, flushed, renamed into place and the folder flushed, so that a crash
 * leaves either the whole file or none (POSIX rename), and any number of writers may put the same bytes at once.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EvidenceRef } from '../contract/evidence.ts';
import { EvidenceAltered, EvidenceMissing, type EvidenceStore, EvidenceUnusable, sha256Hex, verify } from './store.ts';

export class FileStore implements EvidenceStore {
  readonly #directory: string;

  /** `directory` is absolute; it is created when it is not there. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  async put(bytes: Uint8Array): Promise<EvidenceRef> {
    const ref = refOf(bytes);
    if (!(await this.#holds(ref))) await this.#write(this.#path(ref), bytes);
    return ref;
  }

  async get(ref: EvidenceRef): Promise<Uint8Array> {
    const bytes = await this.#read(ref);
    verify(ref, bytes);
    return bytes;
  }

  async check(): Promise<void> {
    const probe = randomBytes(1_024);
    try {
      const ref = await this.put(probe);
      const back = await this.get(ref);
      await rm(this.#path(ref));
      if (Buffer.compare(probe, back) !== 0) throw new Error('what was read is not what was written');
    } catch (error) {
      const own = error instanceof EvidenceUnusable ? error.cause : error;
      const why = own instanceof Error ? own.message : String(own);
      throw new EvidenceUnusable(
        `The evidence store ${this.#directory} must be writable and give back what was written, but: ${why}. ` +
          'Check the folder, its owner and the free space.',
        { cause: error },
      );
    }
  }

  /** Whether the right bytes are there already; altered ones are written anew. */
  async #holds(ref: EvidenceRef): Promise<boolean> {
    try {
      await this.get(ref);
      return true;
    } catch (error) {
      if (error instanceof EvidenceMissing || error instanceof EvidenceAltered) return false;
      throw error;
    }
  }

  async #read(ref: EvidenceRef): Promise<Uint8Array> {
    const path = this.#path(ref);
    try {
      return await readFile(path);
    } catch (error) {
      if (!isMissing(error)) throw this.#unusable('read', error);
      throw new EvidenceMissing(
        `Evidence ${ref.ref} is not in ${this.#directory}. Check that the worker uses the store the run began with, and that its disk is mounted; or restore the file from a backup.`,
        { cause: error },
      );
    }
  }

  async #write(path: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.#writeDurably(path, bytes);
    } catch (error) {
      throw this.#unusable('written', error);
    }
  }

  #unusable(how: 'read' | 'written', error: unknown): EvidenceUnusable {
    const why = error instanceof Error ? error.message : String(error);
    return new EvidenceUnusable(
      `The evidence store ${this.#directory} cannot be ${how}: ${why}. Check the folder, its owner and the free space.`,
      { cause: error },
    );
  }

  async #writeDurably(path: string, bytes: Uint8Array): Promise<void> {
    const folder = dirname(path);
    await mkdir(folder, { recursive: true });
    const aside = join(folder, `.${randomBytes(8).toString('hex')}.part`);
    try {
      const file = await open(aside, 'wx');
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(aside, path);
    } catch (error) {
      await rm(aside, { force: true });
      throw error;
    }
    await flushFolder(folder);
    await flushFolder(dirname(folder));
  }

  /** The path comes from the digest alone, so that no reference leads outside the store. */
  #path(ref: EvidenceRef): string {
    if (!/^[0-9a-f]{64}$/.test(ref.sha256) || ref.ref !== addressOf(ref.sha256))
      throw new EvidenceMissing(`${ref.ref} is not the address of evidence in ${this.#directory}.`);
    return join(this.#directory, ref.sha256.slice(0, 2), ref.sha256);
  }
}

function refOf(bytes: Uint8Array): EvidenceRef {
  const sha256 = sha256Hex(bytes);
  return { ref: addressOf(sha256), sha256, bytes: bytes.byteLength };
}

function addressOf(sha256: string): string {
  return `sha256:${sha256}`;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
