import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { OUTCOMES, PHASES } from '../../contract/phases.ts';
import { WORKFLOW_ID_PREFIX } from '../../contract/request.ts';
import { guarantee } from '../support/guarantee.ts';
import { workflowBundle } from '../support/temporal.ts';

const folder = join(import.meta.dirname, '..', 'histories');
const files = readdirSync(folder).filter(file => file.endsWith('.json'));
const textOf = (file: string) => readFileSync(join(folder, file), 'utf8');

interface HistoryEvent {
  readonly eventType: string;
  readonly upsertWorkflowSearchAttributesEventAttributes?: {
    readonly searchAttributes: { readonly indexedFields: Readonly<Record<string, { readonly data: string }>> };
  };
}

function eventsOf(file: string): readonly HistoryEvent[] {
  return (JSON.parse(textOf(file)) as { events: readonly HistoryEvent[] }).events;
}

/** The phase that a run entered with this event, by the search attribute that it set. */
function phaseOf({ upsertWorkflowSearchAttributesEventAttributes: upsert }: HistoryEvent): string | null {
  const field = upsert?.searchAttributes.indexedFields['BlueGreenPhase'];
  return field === undefined ? null : (JSON.parse(Buffer.from(field.data, 'base64').toString('utf8')) as string);
}

const outcomes: ReadonlySet<string> = new Set(OUTCOMES);

/** Each phase and way back, with a history in which a run entered it; what it ended with is none. */
function firstSeen(): ReadonlyMap<string, string> {
  const seen = new Map([['preflight', 'deployed.json']]);
  for (const file of ['deployed.json', 'rejected.json', 'rolled-back-after-flip.json'])
    for (const phase of eventsOf(file).flatMap(e => phaseOf(e) ?? []))
      if (!seen.has(phase) && !outcomes.has(phase)) seen.set(phase, file);
  return seen;
}

async function replay(file: string, text: string): Promise<void> {
  const options = { workflowBundle: await workflowBundle() };
  const cluster = basename(file, '.json');
  await Worker.runReplayHistory(options, JSON.parse(text), `${WORKFLOW_ID_PREFIX}${cluster}`);
}

describe('replay of kept histories', () => {
  test('there is one of every ending', () => {
    const endings = [
      'cancelled',
      'cancelled-before-flip',
      'cancelled-too-late',
      'deletion-rejected',
      'deployed',
      'deployed-in-total-order',
      'expired',
      'failed',
      'flip-refused',
      'held-and-resumed',
      'messages-ignored',
      'paused',
      'refused',
      'rejected',
      'rolled-back-after-flip',
      'rolled-back-before-flip',
      'rolled-back-from-hold',
      'rolled-back-frozen',
      'waived',
    ];
    assert.deepEqual(files.toSorted(), endings.map(name => `${name}.json`).toSorted());
  });

  test(
    ...guarantee(
      { promise: 'upgrades', fault: 'the worker is replaced while a run is in any phase or on a way back' },
      'a run under way in each phase goes on with this code',
      async context => {
        for (const [phase, file] of firstSeen())
          await context.test(phase, async () => {
            const events = eventsOf(file);
            const entered = phase === 'preflight' ? 0 : events.findIndex(e => phaseOf(e) === phase);
            const begun = events.findIndex((e, i) => i > entered && e.eventType === 'EVENT_TYPE_WORKFLOW_TASK_STARTED');
            assert.ok(begun > 0, `${file} does not go on after it entered ${phase}`);
            await replay(file, JSON.stringify({ events: events.slice(0, begun + 1) }));
          });
      },
    ),
  );

  test('every phase and both ways back are among these', () => {
    assert.deepEqual([...firstSeen().keys()].toSorted(), [...PHASES, 'undo', 'rollback'].toSorted());
  });

  test('a run that is cut off in the middle and of other code is found out', async () => {
    const events = eventsOf('deployed.json');
    const begun = events.findIndex(e => phaseOf(e) === 'settle');
    const changed = JSON.stringify({ events: events.slice(0, begun) }).replaceAll(
      '"name":"flipRecord"',
      '"name":"swapRecord"',
    );
    await assert.rejects(replay('deployed.json', changed), DeterminismViolationError);
  });

  test(
    ...guarantee(
      { promise: 'upgrades', fault: 'the worker is replaced, in runs that came to every ending' },
      'a run under way that went as any that is kept goes on with this code',
      async context => {
        for (const file of files)
          await context.test(basename(file, '.json'), async () => {
            try {
              await replay(file, textOf(file));
            } catch (error) {
              const hint = 'Runs under way would break. If none can be, keep new histories: npm run histories';
              throw new Error(hint, { cause: error });
            }
          });
      },
    ),
  );

  for (const file of files) {
    test(`${file} names no machine, no process and no folder of one`, () => {
      const text = textOf(file);
      assert.doesNotMatch(text, /"identity":"[^"]*@/);
      assert.doesNotMatch(text, /[( ]\/[a-z]+\/|file:\/\//, 'absolute path');
      assert.ok(!text.includes(`@${hostname()}`));
    });
  }

  test('a workflow that calls an activity by another name is found out', async () => {
    const changed = textOf('deployed.json').replaceAll('"name":"smokeTest"', '"name":"smokeTests"');
    assert.notEqual(changed, textOf('deployed.json'));
    await assert.rejects(replay('deployed.json', changed), DeterminismViolationError);
  });

  test('a workflow that swaps two steps is found out', async () => {
    const swapped = textOf('deployed.json').replaceAll(
      /"name":"(copyTopics|seedGroups)"/g,
      (_, name: string) => `"name":"${name === 'copyTopics' ? 'seedGroups' : 'copyTopics'}"`,
    );
    assert.notEqual(swapped, textOf('deployed.json'));
    await assert.rejects(replay('deployed.json', swapped), DeterminismViolationError);
  });
});
