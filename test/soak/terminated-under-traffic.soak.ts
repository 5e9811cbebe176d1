/**
 * A terminated run runs nothing any more. The next plan names all that it left and prints the commands that bring it to its end;
 * here they are run as printed, while applications are at work. Every phase: test/soak/terminated.soak.ts.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import { type LocalStack, startLocal } from '../../local/stack.ts';
import { until } from '../../local/until.ts';
import { AuditedTraffic } from '../e2e/audited.ts';
import { BLUE, bringUpBlue, GREEN, Operator, request } from '../e2e/deployment.ts';
import { Eyes } from '../e2e/eyes.ts';
import { runs } from '../e2e/shell.ts';
import { Straggler } from '../e2e/straggler.ts';
import { assertNamesWhatIsLeft, resetIn, terminate } from '../e2e/terminated.ts';
import { guarantee } from '../support/guarantee.ts';

describe('the commands that a plan prints for a terminated run', () => {
  let local: LocalStack;
  let operator: Operator;
  let eyes: Eyes;
  let traffic: AuditedTraffic;
  before(async () => {
    local = await startLocal();
    eyes = new Eyes(local);
    await bringUpBlue(local);
    traffic = await AuditedTraffic.start(local);
    await local.startWorker();
    operator = await Operator.connect(local);
  });
  after(async () => {
    await traffic?.stop();
    await operator?.close();
    eyes?.close();
    await local?.stop();
  });

  async function upToFlip(input: object, name: string): Promise<void> {
    await operator.start(input);
    await operator.until('the run waits for flip', s => s.waitingFor?.kind === 'gate');
    await traffic.observe(GREEN, name);
    await operator.tell('approve', { gate: 'flip' });
  }

  test(
    ...guarantee(
      { promise: 'returns', fault: 'the run is terminated while writers are waited for' },
      'take it back: blue is as it was found, and no record is lost, doubled or reordered',
      async () => {
        const found = { record: await eyes.record(), configs: await eyes.topicConfigs(BLUE) };
        const input = { ...request, groups: [{ match: 'billing', disposition: 'move' }] };
        await upToFlip(input, 'first green');
        const straggler = await Straggler.start(await eyes.kafka(BLUE, 'straggler'), 'orders');
        try {
          await operator.until('writers are waited for', s => s.phase === 'settle');
          await traffic.flows();
          const left = await terminate(operator, input);
          await assertNamesWhatIsLeft(left, eyes);
          for (const command of left.commands) await runs(local, command);
        } finally {
          assert.deepEqual(await straggler.stop(), { refused: 0 }, 'blue never refused a record');
        }
        const report = await operator.handle.result();
        assert.equal(report.outcome, 'rolled-back');
        assert.deepEqual(await traffic.strand('first green'), report.stranded);
        assert.deepEqual(await eyes.record(), found.record, 'the record with its TTL');
        assert.deepEqual(await eyes.topicConfigs(BLUE), found.configs, 'the topic configs');
        const signpost = await eyes.signpost();
        assert.deepEqual([signpost?.['by'], signpost?.['drain']], ['-', '-']);
        await traffic.flows();
        await eyes.commitAtEnds(BLUE, 'billing', 'orders');
        const { problems } = await operator.plan(input);
        assert.deepEqual(
          problems.map(p => [p.on, /delete-stack --stack-name \S+$/.test(p.remedy)]),
          [[`stack ${GREEN}`, true]],
          'a rollback that came to its end leaves green to be deleted',
        );
        await eyes.aws.cloudFormation.send(new DeleteStackCommand({ StackName: GREEN }));
        await until('green is deleted', async () => (await eyes.stackStatus(GREEN)) === 'absent', { withinMs: 60_000 });
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'nothingLost', fault: 'the run is terminated while green bakes' },
      'let it go on to its end once readers have moved: it ends deployed, and no record is lost, doubled or reordered',
      async () => {
        await upToFlip({ ...request, bake: '10m' }, 'second green');
        await operator.until('green bakes', s => s.phase === 'bake');
        await traffic.flows();
        const left = await terminate(operator);
        await assertNamesWhatIsLeft(left, eyes);
        const [, result, ...more] = left.commands;
        assert.deepEqual(more, [], 'no way leads back');
        await runs(local, resetIn(left));
        const ended = runs(local, result ?? '');
        await traffic.leave(BLUE);
        await operator.approve('bake');
        await operator.approve('decommission');
        assert.match(await ended, /"outcome":\s*"deployed"/);
        assert.equal(await eyes.stackStatus(BLUE), 'absent');
        await traffic.assertClean();
      },
    ),
  );
});
