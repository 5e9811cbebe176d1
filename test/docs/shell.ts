/** Command lines as the pages give them: one a line, `\` goes on, a comment at the end; simple commands only, no pipes and no conditions. */
import { type Block, blocksOf, pages } from './pages.ts';

export interface Command {
  /** `page:line` of the block it stands in. */
  readonly at: string;
  /** The command without what is assigned before it. */
  readonly words: readonly string[];
}

/** Commands of every `sh` block of every page. */
export function commandsOfPages(): Command[] {
  return pages()
    .flatMap(page => blocksOf(page))
    .filter(block => block.language === 'sh')
    .flatMap(commandsOf);
}

export function commandsOf({ page, line, text }: Pick<Block, 'page' | 'line' | 'text'>): Command[] {
  return text
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .map(words)
    .filter(all => all.length > 0)
    .map(all => ({ at: `${page}:${line}`, words: all }));
}

/** Quotes are taken off, assignments before the command and a comment behind it left out; `$NAME` stays as it is. */
export function words(line: string): string[] {
  const found: string[] = [];
  const pattern = /\s*(#.*$|(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\#]|(?<=\S)#)+)/gy;
  let end = 0;
  for (const [whole, word = ''] of line.matchAll(pattern)) {
    end += whole.length;
    if (!word.startsWith('#')) found.push(unquoted(word));
  }
  if (line.slice(end).trim() !== '') throw new Error(`This line is no simple command: ${line}`);
  const first = found.findIndex(word => !/^[A-Za-z_]\w*=/.test(word));
  return first === -1 ? [] : found.slice(first);
}

function unquoted(word: string): string {
  return word.replaceAll(
    /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/g,
    (_, single?: string, double?: string, plain?: string) =>
      single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? plain ?? '',
  );
}
