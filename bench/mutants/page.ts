/** The table of mutants as a page. Pure. */
import { linkTo, tableRow } from '../markdown.ts';
import { promises } from '../promises.ts';
import type { Mutant, Tried } from './mutant.ts';

/** The rows of a run replace those of the same mutants; those of mutants that there are no more go. In the catalog's order. */
export function mergeTried(known: readonly Tried[], run: readonly Tried[], catalog: readonly Mutant[]): Tried[] {
  const rows = new Map([...known, ...run].map(row => [row.name, row]));
  return catalog.flatMap(({ name }) => rows.get(name) ?? []);
}

export function renderMutants(rows: readonly Tried[]): string {
  const killed = rows.filter(row => row.killed).length;
  const lines = [
    '# Mutants',
    '',
    `Mistakes that would break a promise, made on purpose, each in a copy of the tree, and the first test that noticed: ${killed} of ${rows.length} were caught. This page is written by \`npm run mutants\`; \`npm run mutants -- <words>\` makes again those whose names contain one of the words.`,
  ];
  for (const [name, promise] of Object.entries(promises)) {
    const broken = rows.filter(row => row.breaks === name);
    if (broken.length === 0) continue;
    lines.push('', `## ${promise}`, '', tableRow(['mistake', 'in', 'caught by', 'of', 'seconds', 'run on']));
    lines.push(tableRow(Array(6).fill('---')));
    for (const row of broken)
      lines.push(
        tableRow([
          row.name,
          linkTo(row.file),
          row.killed ? row.by : `**survived**: ${row.by}`,
          row.in === '' ? '' : linkTo(row.in),
          row.seconds.toFixed(1),
          row.on,
        ]),
      );
  }
  return `${lines.join('\n')}\n`;
}
