/** What the tests of a run said, as rows of the table: what was declared and did not end, has failed. Pure. */
import type { Declared, Held, Recorded } from './promises.ts';

/** How the process that ran a file ended. */
export type FileEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'late'; readonly ms: number };

export function rowsOf(recorded: readonly Recorded[]): Held[] {
  const ended = recorded.flatMap(line => (line.kind === 'ended' ? [line.row] : []));
  const open = ended.map(nameOf);
  const unended = recorded.flatMap(line => {
    if (line.kind === 'ended') return [];
    const at = open.indexOf(nameOf(line.row));
    if (at === -1) return [{ ...line.row, passed: false, seconds: 0 }];
    open.splice(at, 1);
    return [];
  });
  return [...ended, ...unended];
}

/** The rows of a file's run. A run that went wrong has a failed row, also where each test that came to its end has passed. */
export function rowsOfFile(
  recorded: readonly Recorded[],
  end: FileEnd,
  run: Pick<Declared, 'file' | 'seed' | 'on'>,
): Held[] {
  const rows = rowsOf(recorded);
  if ((end.kind === 'exited' && end.code === 0) || rows.some(row => !row.passed)) return rows;
  const title =
    end.kind === 'late'
      ? `did not end within ${Math.round(end.ms / 60_000)} minutes`
      : `ended with code ${end.code}, and no test with a row failed`;
  const promise = rows[0]?.promise ?? 'nothingLost';
  return [...rows, { ...run, title, promise, fault: 'the run of this file', passed: false, seconds: 0 }];
}

const nameOf = ({ file, title, fault }: Declared) => JSON.stringify([file, title, fault]);
