/**
 * A pointer into the evidence store: what is too big for a workflow's history is kept there and named by its content.
 * `ref` is the store's own address of the bytes, `sha256` their digest in hex: a reader verifies what it got.
 */
export interface EvidenceRef {
  readonly ref: string;
  readonly sha256: string;
  readonly bytes: number;
}
