/** node:test's events as JSON lines for the soak: which guarantee a test holds, and how every test ended. */
import type { TestEvent } from 'node:test/reporters';
import { readGuarantee } from './promises.ts';

export type SoakEvent =
  | {
      readonly kind: 'guarantee';
      readonly file: string;
      readonly title: string;
      readonly promise: string;
      readonly fault: string;
    }
  | {
      readonly kind: 'ended';
      readonly file: string;
      readonly title: string;
      readonly passed: boolean;
      readonly seconds: number;
      readonly error: string;
    }
  | { readonly kind: 'output'; readonly text: string };

export default async function* reporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    const told = read(event);
    if (told !== null) yield `${JSON.stringify(told)}\n`;
  }
}

function read({ type, data }: TestEvent): SoakEvent | null {
  switch (type) {
    case 'test:diagnostic': {
      const guarantee = readGuarantee(data.message);
      return guarantee === null ? null : { kind: 'guarantee', file: data.file ?? '', ...guarantee };
    }
    case 'test:pass':
    case 'test:fail': {
      // A suite or a file only repeats what its tests said; a hook that failed fails its suite, and no test of it.
      const isTest = data.details.type !== 'suite';
      if (!isTest && type === 'test:pass') return null;
      return {
        kind: 'ended',
        file: data.file ?? '',
        title: data.name,
        passed: type === 'test:pass',
        seconds: data.details.duration_ms / 1_000,
        error: type === 'test:fail' ? describe(data.details.error) : '',
      };
    }
    case 'test:stdout':
    case 'test:stderr':
      return { kind: 'output', text: data.message };
    default:
      return null;
  }
}

function describe(error: Error): string {
  const inner = error.cause instanceof Error ? error.cause : error;
  return inner.stack ?? inner.message;
}
