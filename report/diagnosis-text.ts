/** What the doctor found, as plain text: a line for each look, and what to do under those that found trouble. Pure. */
import type { Finding } from '../contract/diagnosis.ts';
import { columns, plain } from './plain.ts';

const marks: Readonly<Record<Finding['state'], string>> = { good: '✓', trouble: '✗', 'not looked at': '-' };

export function renderFindings(findings: readonly Finding[]): string[] {
  const lines = columns(findings.map(({ on, state, saw }) => [marks[state], plain(on), plain(saw)]));
  return findings.flatMap(({ remedy }, i) => [
    lines[i] ?? '',
    ...(remedy?.split('\n').map(line => `     ${plain(line)}`) ?? []),
  ]);
}
