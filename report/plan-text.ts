/** A plan as plain text: what would be done, or every problem with its remedy and the block to paste. Pure. */
import type { Plan } from '../contract/plan.ts';
import { plain } from './plain.ts';

export function renderPlan(plan: Plan): string[] {
  const { topics, groups } = plan;
  const counts = (of: Readonly<Record<string, number>>) =>
    Object.entries(of)
      .filter(([, count]) => count > 0)
      .map(([word, count]) => `${count} ${word}`)
      .join(', ') || 'none';
  return [
    `${plan.cluster}: topics ${counts(topics)}; groups ${counts(groups)}`,
    '',
    ...plan.steps.map((step, i) => `${String(i + 1).padStart(2)}. ${plain(step)}`),
    ...(plan.notes.length === 0 ? [] : ['', ...plan.notes.map(note => `note: ${plain(note)}`)]),
    ...problemLines(plan),
  ];
}

function problemLines({ problems, paste }: Plan): string[] {
  if (problems.length === 0) return ['', 'Nothing stands in the way.'];
  const count = problems.length === 1 ? '1 problem stands' : `${problems.length} problems stand`;
  return [
    '',
    `${count} in the way; nothing was created or changed:`,
    ...problems.flatMap(({ on, problem, remedy }) => [`✗ ${plain(on)} ${plain(problem)}`, ...indented(remedy)]),
    ...(paste === null ? [] : ['', 'Paste this into the request and correct it:', JSON.stringify(paste, null, 2)]),
  ];
}

/** A remedy may hold commands, a line each. */
function indented(remedy: string): string[] {
  return remedy.split('\n').map(line => `    ${plain(line)}`);
}
