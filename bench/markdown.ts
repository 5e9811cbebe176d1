/** Pieces of the pages that bench writes. Pure. */

/** One row of a table; a value may hold anything that stands on one line. */
export function tableRow(values: readonly string[]): string {
  return `| ${values.map(value => value.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll(/\s+/g, ' ')).join(' | ')} |`;
}

/** A link from a page in docs to a file of the project, named shorter where it is a test. */
export function linkTo(file: string): string {
  return `[${file.replace(/^test\//, '')}](../${file})`;
}
