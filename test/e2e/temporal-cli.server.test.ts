/** The README's commands, as they stand there, take a deployment from the plan to its result: nothing but Temporal's own CLI is needed. */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { projectRoot } from '../../local/project-root.ts';
import { type LocalStack, startLocal } from '../../local/stack.ts';
import { until } from '../../local/until.ts';
import { bringUpBlue, request } from './deployment.ts';
import { runs, shell } from './shell.ts';

describe('the commands of the README', () => {
  let local: LocalStack;
  let commands: readonly string[];
  before(async () => {
    const readme = await readFile(join(projectRoot(), 'README.md'), 'utf8');
    commands = readme
      .split('\n')
      .filter(line => line.startsWith('temporal '))
      .map(line => line.replace(/\s+#.*$/, ''));
    local = await startLocal();
    await bringUpBlue(local);
    await local.startWorker();
    await mkdir(join(local.directory, '.local'));
    await writeFile(join(local.directory, '.local/request.json'), JSON.stringify(request));
  });
  after(() => local?.stop());

  /** The README's command that contains these words. */
  function command(...words: readonly string[]): string {
    const [found, ...more] = commands.filter(line => words.every(word => line.includes(word)));
    assert.ok(found !== undefined && more.length === 0, `one command of the README with ${words.join(' and ')}`);
    return found;
  }

  /** Waits until the run's metadata shows a gate; answers with the command shown there. */
  async function commandToSend(gate: string): Promise<string> {
    let shown: string | undefined;
    await until(
      `metadata shows how to approve ${gate}`,
      async () => {
        const { said } = await shell(local, command('workflow metadata'));
        shown = said.split('\n').find(line => line.includes('--name approve') && line.includes(`"gate":"${gate}"`));
        return shown !== undefined;
      },
      { withinMs: 120_000, everyMs: 500 },
    );
    return (shown ?? '').trim();
  }

  test('take a deployment back before the flip', async () => {
    await runs(local, command('workflow start', '--fail-existing'));
    await commandToSend('flip');
    assert.match(await runs(local, command('reject')), /flip rejected by you/);
    assert.match(await runs(local, command('workflow result')), /"outcome":\s*"rejected"/);
  });

  test('plan a deployment and start it, once', async () => {
    // The CLI prints an empty list as null.
    assert.match(await runs(local, command('PlanWorkflow')), /Status +COMPLETED\n.*"problems":(null|\[\])/);
    await runs(local, command('workflow start', '--fail-existing'));
    const again = await shell(local, command('workflow start', '--fail-existing'));
    assert.notEqual(again.code, 0);
    assert.match(again.said, /already started|already running|AlreadyStarted/i);
  });

  test('show what the run waits for with the command to send, which works as shown but for the name', async () => {
    const approve = await commandToSend('flip');
    const { code, said } = await shell(local, command('approve', '"decommission"'));
    assert.notEqual(code, 0, 'an approval that nothing waits for is refused');
    assert.match(said, /Nothing waits for an approval of decommission/);
    const status = JSON.parse(await runs(local, command('workflow query', 'status'))) as {
      readonly queryResult: readonly [{ readonly waitingFor: { readonly command: string } }];
    };
    assert.equal(status.queryResult[0].waitingFor.command, approve);
    assert.match(await runs(local, approve.replace('YOU', 'grace')), /flip approved by grace/);
  });

  test('approve the deletion of blue and fetch the report', async () => {
    await commandToSend('decommission');
    assert.match(await runs(local, command('approve', '"decommission"')), /decommission approved by you/);
    assert.match(await runs(local, command('workflow result')), /"outcome":\s*"deployed"/);
  });
});
