/**
 * The evidence store: bytes named by their SHA-256. What is put is there before `put` returns; what `get` returns is what
 * was put, to the bit, or an error. Nothing is ever overwritten by other content.
 */
import { createHash } from 'node:crypto';
import type { EvidenceRef } from '../contract/evidence.ts';
import { canonicalJson } from './json.ts';

export interface EvidenceStore {
  /** Keeps the bytes durably and names them. Putting the same bytes again returns the same name. */
  put(bytes: Uint8Array): Promise<EvidenceRef>;
  /** The bytes, verified against size and digest. Throws `EvidenceMissing` or `EvidenceAltered`. */
  get(ref: EvidenceRef): Promise<Uint8Array>;
  /** Writes, reads back and compares a probe, and removes it. Throws `EvidenceUnusable`. */
  check(): Promise<void>;
}

/** There are no bytes under this name. */
export class EvidenceMissing extends Error {
  override readonly name = 'EvidenceMissing';
}

/** There are bytes under this name, but not the ones that were put. */
export class EvidenceAltered extends Error {
  override readonly name = 'EvidenceAltered';
}

/** The store cannot be written or read back. */
export class EvidenceUnusable extends Error {
  override readonly name = 'EvidenceUnusable';
}

export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Throws `EvidenceAltered` unless these are exactly the bytes of the reference. */
export function verify(ref: EvidenceRef, bytes: Uint8Array): void {
  const seen = bytes.byteLength === ref.bytes ? sha256Hex(bytes) : null;
  if (seen === ref.sha256) return;
  const how =
    seen === null ? `${bytes.byteLength} bytes instead of ${ref.bytes}` : `digest ${seen} instead of ${ref.sha256}`;
  throw new EvidenceAltered(
    `Evidence ${ref.ref} is not what was put there (${how}). Restore it from a backup; without it the run cannot go on.`,
  );
}

/** Puts a plain JSON value; equal values get the same name whatever the order of their keys. */
export async function putJson(store: EvidenceStore, value: unknown): Promise<EvidenceRef> {
  return store.put(new TextEncoder().encode(canonicalJson(value)));
}

/**
 * The value that `putJson` put under this name. The digest vouches that it is the same one, so `T` is the type it was put
 * with.
 */
export async function getJson<T>(store: EvidenceStore, ref: EvidenceRef): Promise<T> {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(await store.get(ref));
  return JSON.parse(text) as T;
}
