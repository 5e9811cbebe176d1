/**
 * The signpost: the TXT record beside a service record that tells switch-aware clients where to write and where to read. Its
 * text and rules are public: clients in other languages read it too. A higher epoch is newer; unknown keys are ignored.
 */

/** A Kafka cluster id, as the cluster itself tells it. */
export type ClusterId = string;

/** Where records are to be written; `hold` asks writers to buffer until the next signpost. */
export type WriteTo = { readonly kind: 'cluster'; readonly id: ClusterId } | { readonly kind: 'hold' };

export interface Signpost {
  readonly epoch: bigint;
  /** Id of the deployment that is going on, or null when all is steady. */
  readonly by: string | null;
  readonly write: WriteTo;
  /** Where a group without a ticket starts. */
  readonly read: ClusterId;
  /** A cluster that is still being read to its end, or null. */
  readonly drain: ClusterId | null;
  /** `host:port` of each cluster's own load balancer, never the service record. */
  readonly addresses: ReadonlyMap<ClusterId, string>;
}

export type ParsedSignpost =
  | { readonly kind: 'signpost'; readonly signpost: Signpost }
  | { readonly kind: 'malformed'; readonly reason: string };

const NOBODY = '-';
const HOLD = 'hold';
/** Cluster ids are base64url of 16 bytes, or whatever an operator formatted the storage with. */
const clusterIdPattern = /^[A-Za-z0-9_-]{1,64}$/;
const addressPattern = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):\d{1,5}$/;
const MOST_BYTES_IN_A_PART = 255;
const reservedKeys = new Set(['v', 'epoch', 'by', 'write', 'read', 'drain']);

/** The text of a signpost, its keys in a stable order. */
export function formatSignpost(signpost: Signpost): string {
  const { epoch, by, write, read, drain, addresses } = signpost;
  const known = [
    'v=1',
    `epoch=${epoch}`,
    `by=${by ?? NOBODY}`,
    `write=${write.kind === 'hold' ? HOLD : write.id}`,
    `read=${read}`,
    `drain=${drain ?? NOBODY}`,
  ];
  const places = [...addresses].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([id, address]) => `${id}=${address}`);
  return [...known, ...places].join(' ');
}

/** Reads a signpost, or says in one clause what is wrong with it. */
export function parseSignpost(text: string): ParsedSignpost {
  const fields = new Map<string, string>();
  for (const part of text.split(/\s+/).filter(p => p !== '')) {
    const at = part.indexOf('=');
    if (at < 1) return malformed(`has "${part.slice(0, 60)}", which is no key=value`);
    const key = part.slice(0, at);
    if (fields.has(key)) return malformed(`says ${key.slice(0, 60)} twice`);
    fields.set(key, part.slice(at + 1));
  }
  const of = (key: string) => fields.get(key) ?? '';
  if (of('v') !== '1') return malformed(`has version "${of('v').slice(0, 20)}", not 1`);
  if (!/^\d{1,19}$/.test(of('epoch'))) return malformed('has no epoch that is a whole number');
  const addresses = new Map(
    [...fields].filter(
      ([key, value]) => !reservedKeys.has(key) && clusterIdPattern.test(key) && addressPattern.test(value),
    ),
  );
  for (const key of ['by', 'write', 'read', 'drain']) if (of(key) === '') return malformed(`does not say ${key}`);
  const write: WriteTo = of('write') === HOLD ? { kind: 'hold' } : { kind: 'cluster', id: of('write') };
  for (const id of [write.kind === 'cluster' ? write.id : of('read'), of('read')])
    if (!addresses.has(id)) return malformed(`names cluster ${id.slice(0, 64)} without its host:port`);
  return {
    kind: 'signpost',
    signpost: {
      epoch: BigInt(of('epoch')),
      by: orNull(of('by')),
      write,
      read: of('read'),
      drain: orNull(of('drain')),
      addresses,
    },
  };
}

/** The value of the TXT record set: quoted strings of at most 255 bytes (RFC 1035, section 3.3), joined by readers without separator. */
export function txtValue(text: string): string {
  const parts = [''];
  let bytes = 0;
  for (const character of text) {
    const size = Buffer.byteLength(character);
    if (bytes + size > MOST_BYTES_IN_A_PART) {
      parts.push('');
      bytes = 0;
    }
    parts.push(`${parts.pop()}${character}`);
    bytes += size;
  }
  return parts.map(part => `"${part.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join(' ');
}

/** The text in a TXT record set's value. */
export function fromTxtValue(value: string): string {
  const parts = [...value.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(match => match[1] ?? '');
  return (parts.length === 0 ? [value] : parts).join('').replace(/\\(.)/g, '$1');
}

/** The name at which a record's signpost stands. */
export function signpostName(record: string): string {
  return `_bluegreen.${record}`;
}

/** The next epoch: above the last, and at least the seconds since 1970, so that a lost signpost is never followed by a lower one. */
export function nextEpoch(last: bigint | null, nowMs: number): bigint {
  const clock = BigInt(Math.floor(nowMs / 1_000));
  return last !== null && last >= clock ? last + 1n : clock;
}

function orNull(text: string): string | null {
  return text === NOBODY ? null : text;
}

function malformed(reason: string): ParsedSignpost {
  return { kind: 'malformed', reason };
}
