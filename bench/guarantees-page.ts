/** The table of guarantees as a page. Pure. */
import { linkTo, tableRow } from './markdown.ts';
import { type Held, promises } from './promises.ts';

/** What a test runs on, by its file's name: CONTRIBUTING.md says what each name means. */
export function groundOf(file: string): string {
  if (file.endsWith('.soak.ts') || file.endsWith('.server.test.ts')) return 'real servers';
  return file.startsWith('test/workflows/') ? 'workflow sandbox' : 'the code alone';
}

/** The rows of a run replace those of the same files; the others stay as they were. */
export function merge(known: readonly Held[], run: readonly Held[], files: readonly string[]): Held[] {
  return [...known.filter(row => !files.includes(row.file)), ...run];
}

export function renderGuarantees(rows: readonly Held[]): string {
  const passed = rows.filter(row => row.passed).length;
  const on = (ground: string) => rows.filter(row => groundOf(row.file) === ground).length;
  const lines = [
    '# Guarantees',
    '',
    `What is promised, what goes wrong meanwhile, the test that shows it, and how its last run ended: ${passed} of ${rows.length} passed. ${on('real servers')} ran on _real servers_: as the subject needs them, Kafka brokers, Temporal's own server, and the AWS SDK against an emulated AWS. ${on('workflow sandbox')} ran in the _workflow sandbox_: the workflow as it ships, its activities replaced. ${on('the code alone')} ran on _the code alone_, without a server. This page is written by \`npm run soak\`; \`npm run soak -- <part of a file's name> --seed <seed>\` repeats a row.`,
  ];
  for (const [name, promise] of Object.entries(promises)) {
    const held = rows.filter(row => row.promise === name).toSorted(byFileAndTitle);
    if (held.length === 0) continue;
    lines.push(
      '',
      `## ${promise}`,
      '',
      tableRow(['fault', 'test', 'file', 'ran on', 'result', 'seconds', 'seed', 'run on']),
    );
    lines.push(tableRow(Array(8).fill('---')));
    for (const row of held)
      lines.push(
        tableRow([
          row.fault,
          row.title,
          linkTo(row.file),
          groundOf(row.file),
          row.passed ? 'passed' : '**failed**',
          row.seconds.toFixed(1),
          String(row.seed),
          row.on,
        ]),
      );
  }
  return `${lines.join('\n')}\n`;
}

function byFileAndTitle(a: Held, b: Held): number {
  return a.file.localeCompare(b.file) || a.title.localeCompare(b.title);
}
