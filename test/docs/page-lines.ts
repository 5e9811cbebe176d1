/** Command lines as a page has them, for tests that run them. */
import { blocksOf } from './pages.ts';
import { linesOf } from './shell.ts';

const scripts = (page: string): string[][] =>
  blocksOf(page)
    .filter(({ language }) => language === 'sh')
    .map(({ text }) => linesOf(text));

/** The page's one command line that has all of these texts, without its comment. */
export function lineOf(page: string, ...texts: readonly string[]): string {
  const lines = new Set(
    scripts(page)
      .flat()
      .filter(line => texts.every(text => line.includes(text))),
  );
  const [line] = lines;
  if (line === undefined || lines.size > 1)
    throw new Error(`${page} has ${lines.size} lines with ${texts.join(' and ')}`);
  return withoutComment(line);
}

/** All lines of the page's one block that has this text. */
export function blockWith(page: string, text: string): string[] {
  const [block, ...more] = scripts(page).filter(lines => lines.some(line => line.includes(text)));
  if (block === undefined || more.length > 0) throw new Error(`${page} does not have one block with ${text}`);
  return block.map(withoutComment);
}

/** A comment of these pages is far to the right. */
function withoutComment(line: string): string {
  return line.replace(/\s{2,}# .*$/, '');
}
