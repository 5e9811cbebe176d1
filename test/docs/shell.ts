/**
 * Command lines as the pages give them: one a line, `\` goes on, a comment at the end. Commands joined by `|`, `||`, `&&`, `;` or
 * in a loop are taken apart, for each has to be right.
 */
import { type Block, blocksOf, pages } from './pages.ts';

export interface Command {
  /** `page:line` of the block it stands in. */
  readonly at: string;
  /** The command without what is assigned before it. */
  readonly words: readonly string[];
}

/** Words of the shell itself before a command, and those that stand alone. */
const KEYWORDS: readonly string[] = ['until', 'while', 'do', 'done'];

/** Commands of every `sh` block of every page. */
export function commandsOfPages(): Command[] {
  return pages()
    .flatMap(page => blocksOf(page))
    .filter(block => block.language === 'sh')
    .flatMap(commandsOf);
}

export function commandsOf(block: Pick<Block, 'page' | 'line' | 'text'>): Command[] {
  return linesOf(block.text).flatMap(line =>
    simpleCommands(line).map(all => ({ at: `${block.page}:${block.line}`, words: all })),
  );
}

/** Whole command lines of a block, without what only continues them and without comments. */
export function linesOf(text: string): string[] {
  return text
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'));
}

/** Quotes are taken off, assignments before the command and a comment behind it left out; `$NAME` stays as it is. */
export function words(line: string): string[] {
  const [only = [], ...more] = simpleCommands(line);
  if (more.length > 0) throw new Error(`This line has more than one command: ${line}`);
  return only;
}

/** Every command of the line, each as its words. */
function simpleCommands(line: string): string[][] {
  const found: string[][] = [[]];
  const pattern = /\s*(#.*$|\|\||&&|[|;]|(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\#|;&]|(?<=\S)#)+)/gy;
  let end = 0;
  for (const [whole, word = ''] of line.matchAll(pattern)) {
    end += whole.length;
    if (/^(?:\|\||&&|[|;])$/.test(word)) found.push([]);
    else if (!word.startsWith('#')) found.at(-1)?.push(unquoted(word));
  }
  if (line.slice(end).trim() !== '') throw new Error(`This line is no simple command: ${line}`);
  return found.map(withoutPrefix).filter(all => all.length > 0);
}

/** What comes before the command itself: keywords of the shell, assignments. */
function withoutPrefix(all: readonly string[]): string[] {
  const first = all.findIndex(word => !KEYWORDS.includes(word) && !/^[A-Za-z_]\w*=/.test(word));
  return first === -1 ? [] : all.slice(first);
}

function unquoted(word: string): string {
  return word.replaceAll(
    /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/g,
    (_, single?: string, double?: string, plain?: string) =>
      single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? plain ?? '',
  );
}
