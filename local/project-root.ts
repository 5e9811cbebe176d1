/** Where this checkout begins, found from the code itself, so that sources and built output find the same tools. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const PROJECT_NAME = 'kafka-bluegreen';

/** The nearest folder above this file whose package.json is the project's; an error names where the search began. */
export function projectRoot(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (packageName(folder) === PROJECT_NAME) return folder;
    if (folder === dirname(folder)) {
      throw new Error(`No folder above ${import.meta.dirname} has the package.json of ${PROJECT_NAME}.`);
    }
  }
}

function packageName(folder: string): unknown {
  try {
    const content: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return typeof content === 'object' && content !== null && 'name' in content ? content.name : undefined;
  } catch {
    return undefined;
  }
}
