/**
 * Plain JSON with its keys in order, so that equal values are equal bytes. What JSON would lose in silence (undefined,
 * NaN, Date, Map, bigint, class instances) is refused with its path: evidence is never less than what was meant.
 */

/** The one text of a plain JSON value. Throws a `TypeError` that names the path of what is not plain JSON. */
export function canonicalJson(value: unknown, path = '$'): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw notPlain(path, String(value));
    return JSON.stringify(value);
  }
  if (Array.isArray(value))
    return `[${Array.from(value, (item, i) => canonicalJson(item, `${path}[${i}]`)).join(',')}]`;
  if (!isPlainObject(value)) throw notPlain(path, typeof value === 'object' ? 'a class instance' : `a ${typeof value}`);
  const fields = Object.keys(value)
    .toSorted()
    .map(key => `${JSON.stringify(key)}:${canonicalJson(value[key], `${path}.${key}`)}`);
  return `{${fields.join(',')}}`;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function notPlain(path: string, what: string): TypeError {
  return new TypeError(`${path} is ${what}, which JSON cannot carry; use a decimal string, null or a plain object.`);
}
