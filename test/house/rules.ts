// The arrows of the house: which folder may import from which. What is not named here may not be imported.
import { dirname, join, normalize } from 'node:path/posix';
import { importsOf } from './imports.ts';

type Place = string;

interface Rule {
  /** Places it may import from, beside itself. */
  readonly values: readonly Place[];
  /** Places of which it may import types. */
  readonly types?: readonly Place[];
}

const product = ['client', 'worker', 'workflows', 'activities', 'kafka', 'aws', 'evidence', 'contract', 'report'];
const signposts = ['switching/signpost', 'switching/ticket'];

const rules: Readonly<Record<Place, Rule>> = {
  client: { values: ['contract', 'report'] },
  worker: { values: ['activities', 'workflows', 'kafka', 'aws', 'evidence', 'contract', 'report'] },
  workflows: { values: ['contract', 'report'], types: ['activities'] },
  activities: { values: ['kafka', 'aws', 'evidence', 'contract', ...signposts] },
  kafka: { values: ['contract', ...signposts] },
  aws: { values: ['contract'] },
  evidence: { values: ['contract'] },
  contract: { values: [] },
  report: { values: ['contract'] },
  switching: { values: [] },
  local: { values: [...product, 'switching', ...signposts] },
  'demo/auditor': { values: [] },
  demo: { values: [...product, 'switching', ...signposts, 'local', 'demo/auditor'] },
  bench: { values: [...product, 'switching', ...signposts, 'local', 'demo', 'demo/auditor'] },
};

/** Folders at the root that hold source under a rule. */
export const ruledFolders: readonly string[] = [
  ...new Set(Object.keys(rules).map(place => place.split('/')[0] ?? place)),
];

/** The place of a file or import, given from the root; null for a package that is not ours. */
function placeOf(path: string): Place | null {
  const nested = Object.keys(rules).find(place => place.includes('/') && path.startsWith(`${place}/`));
  return nested ?? path.split('/')[0] ?? null;
}

/** What a specifier in a file means: a place of ours, or null. */
function target(file: string, specifier: string): Place | null {
  if (specifier.startsWith('.')) return placeOf(normalize(join(dirname(file), specifier)));
  if (specifier === 'kafka-bluegreen-switching') return 'switching';
  if (specifier.startsWith('kafka-bluegreen-switching/'))
    return specifier.replace('kafka-bluegreen-switching', 'switching');
  return null;
}

/** The sentence about each import of this file that goes against its place's rule; none when the house is in order. */
export function violations(file: string, source: string): readonly string[] {
  const place = placeOf(file);
  const rule = place === null ? undefined : rules[place];
  if (place === null || rule === undefined) return [];
  return importsOf(source).flatMap(({ specifier, kind, line }) => {
    const to = target(file, specifier);
    if (to === null || to === place || rule.values.includes(to)) return [];
    if (kind === 'types' && rule.types?.includes(to)) return [];
    const may = rule.values.length === 0 ? 'nothing of ours' : rule.values.join(', ');
    const types = rule.types === undefined ? '' : `, and types of ${rule.types.join(', ')}`;
    return [`${file}:${line} imports ${specifier}: ${place} may import ${may}${types}, not ${to}`];
  });
}
