/**
 * Text that people or other systems chose (names, reasons, messages), made safe to stand in Markdown and on a terminal: nothing in
 * it becomes markup, a link, a line of its own or a control sequence (CommonMark 0.31, "Backslash escapes").
 */

import { plain } from './plain.ts';

/** Begins markup anywhere; an underscore only where it is not within a word, so that topic names stay readable. */
const markup = /[\\`*<>&[\]~]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu;

/** At most `maxBytes` of UTF-8, ending in `…` when something was cut. */
export function inertMarkdown(text: string, maxBytes: number): string {
  const escaped = plain(text).replace(markup, '\\$&');
  if (utf8Bytes(escaped) <= maxBytes) return escaped;
  let kept = '';
  let left = maxBytes - utf8Bytes('…');
  // An escape is cut as a whole: a lone backslash would escape what follows.
  for (const [piece] of escaped.matchAll(/\\.|./gsu)) {
    left -= utf8Bytes(piece);
    if (left < 0) break;
    kept += piece;
  }
  return `${kept}…`;
}

/** Length as it travels. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
