/** How a record says who sent it: its value begins with the producer instance and the sequence within its key and topic. */
export interface RecordIdentity {
  readonly key: string;
  readonly producer: string;
  readonly sequence: number;
}

export function formatValue(producer: string, sequence: number, bytes: number): string {
  return `${producer} ${sequence} `.padEnd(bytes, '.');
}

/** Null for a record that is not the demo's. */
export function identityOf(key: string | null, value: string | null): RecordIdentity | null {
  const match = /^(\S+) (\d{1,9}) /.exec(value ?? '');
  if (key === null || !match?.[1] || !match[2]) return null;
  return { key, producer: match[1], sequence: Number(match[2]) };
}
