/** Mistakes in the runbook: orders, waits, gates and ways back. */
import type { Mutant } from '../mutant.ts';

export const deploymentMutants: readonly Mutant[] = [
  {
    name: 'the undo returns the record before it opens blue',
    breaks: 'undone',
    file: 'workflows/phases/undo.ts',
    find: `  if (run.begun.topicConfigs)
    done.push(
      (
        await held(run, () =>
          fromFlip.reopenBlue.executeWithOptions({ summary: 'original topic configs' }, [run.input()]),
        )
      ).detail,
    );
  if (run.begun.announced) {
    const returned = await held(run, () =>
      fromFlip.returnRecord.executeWithOptions({ summary: run.request.record }, [run.input()]),
    );
    run.know({ epoch: returned.epoch });
    done.push(returned.detail);
  }
`,
    replace: `  if (run.begun.announced) {
    const returned = await held(run, () =>
      fromFlip.returnRecord.executeWithOptions({ summary: run.request.record }, [run.input()]),
    );
    run.know({ epoch: returned.epoch });
    done.push(returned.detail);
  }
  if (run.begun.topicConfigs)
    done.push(
      (
        await held(run, () =>
          fromFlip.reopenBlue.executeWithOptions({ summary: 'original topic configs' }, [run.input()]),
        )
      ).detail,
    );
`,
    tests: ['test/workflows/ways-back.test.ts'],
  },
  {
    name: 'the undo deletes green while the signpost still names it',
    breaks: 'undone',
    file: 'workflows/phases/undo.ts',
    find: '  if (run.begun.topicConfigs)\n    done.push(',
    replace: `  if (run.begun.greenStack)
    await held(run, () =>
      fromFlip.deleteGreen.executeWithOptions({ summary: run.request.green.stack }, [
        { ...run.input(), stackId: run.greenStackId },
      ]),
    );
  if (run.begun.topicConfigs)
    done.push(`,
    tests: ['test/workflows/ways-back.test.ts'],
  },
  {
    name: 'with order total green is opened before blue is frozen',
    breaks: 'nothingLost',
    file: 'workflows/phases/freeze.ts',
    find: '  const frozen = await heldWithWaivers(run, () =>',
    replace: `  if (run.facts.writersHold) await openGreen(run);
  const frozen = await heldWithWaivers(run, () =>`,
    tests: ['test/workflows/blue-green.test.ts'],
  },
  {
    name: 'a rollback that ends the opening of green does not look whether it happened',
    breaks: 'returns',
    file: 'workflows/phases/rollback.ts',
    find: 'if (run.facts.writersHold) await',
    replace: 'if (run.facts.epoch === null) await',
    tests: ['test/workflows/blue-green.test.ts'],
  },
  {
    name: 'a plain producer on green is not looked for while writers hold',
    breaks: 'holds',
    file: 'activities/both-clusters.ts',
    find: "const COLOURS = ['blue', 'green'] as const;",
    replace: "const COLOURS = ['blue'] as const;",
    tests: ['test/activities/both-clusters.test.ts'],
  },
  {
    name: 'a rollback sends writers to blue before green is fenced',
    breaks: 'returns',
    file: 'workflows/phases/rollback.ts',
    find: '  const kept = await heldUnlessWaived(run, () =>',
    replace: `  await held(run, () =>
    fromFlip.returnRecord.executeWithOptions({ summary: run.request.record }, [run.input()]),
  );
  const kept = await heldUnlessWaived(run, () =>`,
    tests: ['test/workflows/ways-back.test.ts'],
  },
  {
    name: 'a rollback asks writers to hold for a blue that is deleted',
    breaks: 'returns',
    file: 'activities/without-blue.ts',
    find: '/^DELETE_(IN_PROGRESS|COMPLETE)$/',
    replace: '/^DELETE_FAILED$/',
    tests: ['test/activities/move-records.server.test.ts'],
    titles: 'asks no writer to hold for a blue that is deleted',
  },
  {
    name: 'the way back is not shielded from cancellation',
    breaks: 'returns',
    file: 'workflows/blue-green.ts',
    find: 'return CancellationScope.nonCancellable(() => deploy(run));',
    replace: 'return CancellationScope.cancellable(() => deploy(run));',
    tests: ['test/workflows/ways-back.test.ts'],
  },
  {
    name: 'a flip that was accepted is undone because its answer was lost',
    breaks: 'holds',
    file: 'workflows/phases/flip.ts',
    find: 'if (isCancellation(error) || !(await trafficIsOnGreen(run))) throw error;',
    replace: "if (isCancellation(error) || run.request.cluster !== '') throw error;",
    tests: ['test/workflows/blue-green.test.ts'],
  },
  {
    name: 'the flip does not wait until caches have forgotten the old TTL',
    breaks: 'nothingLost',
    file: 'workflows/phases/flip.ts',
    find: 'const ageMs = Date.parse(run.agedAt) - Date.now();',
    replace: 'const ageMs = Math.min(0, Date.parse(run.agedAt) - Date.now());',
    tests: ['test/workflows/waits.test.ts'],
  },
  {
    name: 'settle does not wait out the longest TTL that a cache can hold',
    breaks: 'nothingLost',
    file: 'workflows/phases/settle.ts',
    find: 'await sleep(recordTtl + run.request.settle.clientCache, {',
    replace: 'await sleep(Math.max(recordTtl, run.request.settle.clientCache), {',
    tests: ['test/workflows/waits.test.ts'],
  },
  {
    name: 'history that must be kept is deleted with blue after the bake',
    breaks: 'nothingLost',
    file: 'workflows/phases/bake.ts',
    find: 'const historyMs = run.plan?.historyKeptMs ?? 0;',
    replace: 'const historyMs = Math.min(0, run.plan?.historyKeptMs ?? 0);',
    tests: ['test/workflows/waits.test.ts'],
  },
  {
    name: 'a rollback is taken after the first release',
    breaks: 'returns',
    file: 'workflows/gates.ts',
    find: "return 'The first group was already released to green: going back now would leave records that it read there. Go on, or hold.';",
    replace: 'return null;',
    tests: ['test/workflows/gates.test.ts'],
  },
  {
    name: 'an approval counts for a gate that is not open',
    breaks: 'messages',
    file: 'workflows/gates.ts',
    find: "return state.waiting.kind === 'gate' && state.waiting.gate === gate;",
    replace: "return state.waiting.kind === 'gate' && gate !== undefined;",
    tests: ['test/workflows/gates.test.ts'],
  },
  {
    name: 'an approval that expired counts as given',
    breaks: 'undone',
    file: 'workflows/run.ts',
    find: "return 'expired';",
    replace: "return 'approved';",
    tests: ['test/workflows/blue-green.test.ts'],
  },
  {
    name: 'a waiver is accepted without a reason',
    breaks: 'messages',
    file: 'contract/messages.ts',
    find: ".min(1, 'must say why').max(500)",
    replace: '.max(500)',
    tests: ['test/contract/messages.test.ts'],
  },
  {
    name: 'blue is deleted although the drain was interrupted',
    breaks: 'deletion',
    file: 'workflows/sweeping.ts',
    find: "if (result.kind === 'done') return result;",
    replace: 'return result;',
    tests: ['test/workflows/blue-green.test.ts'],
  },
  {
    name: 'a run that was rolled back ends with the exit code of one that was deployed',
    breaks: 'returns',
    file: 'client/exit-codes.ts',
    find: 'return ExitCode.RolledBack;',
    replace: 'return ExitCode.Done;',
    tests: ['test/client/exit-codes.test.ts'],
  },
];
