// What a source file imports, by a scanner that knows comments and strings and nothing else of the language.

/** One import of a module: `types` when nothing of it is left at run time. */
export interface Import {
  readonly specifier: string;
  readonly kind: 'types' | 'values';
  /** Counted from 1. */
  readonly line: number;
}

/** Blanks comments, and swaps each string for its number, so that patterns can be matched in what is left. */
function withoutTexts(source: string): { code: string; strings: readonly string[] } {
  const strings: string[] = [];
  const token = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`/g;
  const code = source.replace(token, text => {
    const lines = text.replace(/[^\n]/g, '');
    if (text.startsWith('/')) return ` ${lines}`;
    strings.push(text.slice(1, -1));
    return `"${strings.length - 1}"${lines}`;
  });
  return { code, strings };
}

/** Every static import, re-export, dynamic `import()`, `require()` and type `import()` of a file, in order. */
export function importsOf(source: string): readonly Import[] {
  const { code, strings } = withoutTexts(source);
  const statement =
    /\b(?:import|export)\s+(type\s+(?!from\b|,))?(?:[\w$*{}\s,]*?\bfrom\s*)?"(\d+)"|\b(?:import|require)\s*\(\s*"(\d+)"/g;
  return [...code.matchAll(statement)].map(match => ({
    specifier: strings[Number(match[2] ?? match[3])] ?? '',
    kind: match[1] === undefined ? 'values' : 'types',
    line: code.slice(0, match.index).split('\n').length,
  }));
}
