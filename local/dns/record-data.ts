/**
 * Route 53's notation of record values as DNS resource records.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html
 */
import type { Answer } from 'dns-packet';
import type { RecordSet } from './record-set.ts';

/** One resource record, or none for a type that nothing here serves. */
export function dataOf({ name, type, ttlSeconds: ttl }: RecordSet, value: string): Answer[] {
  switch (type) {
    case 'A':
    case 'AAAA':
      return [{ name, type, ttl, data: value }];
    case 'CNAME':
    case 'NS':
      return [{ name, type, ttl, data: value.replace(/\.$/, '') }];
    case 'TXT':
      return [{ name, type, ttl, data: characterStrings(value) }];
    case 'SOA':
      return [{ name, type, ttl, data: startOfAuthority(value) }];
    default:
      return [];
  }
}

/** The quoted parts of a TXT value, each a character string of its own (RFC 1035 section 3.3). */
function characterStrings(value: string): Buffer[] {
  return Array.from(value.matchAll(/"((?:[^"\\]|\\.)*)"/g), ([, part = '']) => {
    const bytes = part.replaceAll(/\\([0-7]{3})|\\(.)/g, (_, octal?: string, plain?: string) =>
      octal === undefined ? (plain ?? '') : String.fromCharCode(Number.parseInt(octal, 8)),
    );
    return Buffer.from(bytes, 'latin1');
  });
}

function startOfAuthority(value: string) {
  const [mname = '', rname = '', ...numbers] = value.trim().split(/\s+/);
  const [serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0] = numbers.map(Number);
  return { mname: mname.replace(/\.$/, ''), rname: rname.replace(/\.$/, ''), serial, refresh, retry, expire, minimum };
}
