/**
 * A resolver's memory: every record set for exactly its own TTL, so that the links of a chain of CNAMEs expire one by one,
 * and absence for the TTL of the SOA that came with it (RFC 1034 section 4.3.3, RFC 2308 section 5).
 */
import type { Answer } from 'dns-packet';
import { bareName } from './names.ts';

export type Remembered =
  | { readonly kind: 'records'; readonly records: readonly Answer[] }
  | { readonly kind: 'absent'; readonly code: 'NOERROR' | 'NXDOMAIN'; readonly soa: Answer };

interface Entry {
  readonly content: Remembered;
  readonly storedMs: number;
  readonly expiresMs: number;
}

export class DnsCache {
  readonly #nowMs: () => number;
  readonly #entries = new Map<string, Entry>();

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** What is known and not yet expired, with the seconds that are left as its TTLs. */
  get(name: string, type: string): Remembered | undefined {
    const entry = this.#entries.get(keyOf(name, type));
    const nowMs = this.#nowMs();
    if (entry === undefined) return undefined;
    if (entry.expiresMs <= nowMs) {
      this.#entries.delete(keyOf(name, type));
      return undefined;
    }
    const ageSeconds = Math.floor((nowMs - entry.storedMs) / 1000);
    const { content } = entry;
    return content.kind === 'records'
      ? { kind: 'records', records: content.records.map(record => aged(record, ageSeconds)) }
      : { ...content, soa: aged(content.soa, ageSeconds) };
  }

  /** Takes record sets as an answer brought them; those of one name and type belong together and share the smallest TTL. */
  putRecords(records: readonly Answer[]): void {
    const sets = Map.groupBy(records, ({ name, type }) => keyOf(name, type));
    for (const [key, set] of sets) this.#put(key, { kind: 'records', records: set }, Math.min(...set.map(ttlOf)));
  }

  putAbsence(name: string, type: string, code: 'NOERROR' | 'NXDOMAIN', soa: Answer): void {
    this.#put(keyOf(name, type), { kind: 'absent', code, soa }, ttlOf(soa));
  }

  #put(key: string, content: Remembered, ttlSeconds: number): void {
    const storedMs = this.#nowMs();
    if (ttlSeconds > 0) this.#entries.set(key, { content, storedMs, expiresMs: storedMs + ttlSeconds * 1000 });
  }
}

function keyOf(name: string, type: string): string {
  return `${bareName(name)} ${type}`;
}

/** Records of any kind that we cache carry a TTL; the pseudo record of EDNS does not, and is never cached. */
function ttlOf(record: Answer): number {
  return 'ttl' in record ? (record.ttl ?? 0) : 0;
}

function aged(record: Answer, ageSeconds: number): Answer {
  return 'ttl' in record ? { ...record, ttl: Math.max(0, ttlOf(record) - ageSeconds) } : record;
}
