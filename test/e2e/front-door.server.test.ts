/**
 * The two ways in, side by side on one stack: the README's commands as they stand there, for which Temporal's own CLI is enough, and
 * the kafka-bluegreen command with what it prints and what its exit codes tell CI.
 */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Diagnosis } from '../../contract/diagnosis.ts';
import type { Report } from '../../contract/report.ts';
import type { Status } from '../../contract/status.ts';
import { projectRoot } from '../../local/project-root.ts';
import { type LocalStack, startLocal } from '../../local/stack.ts';
import { until } from '../../local/until.ts';
import { asOneStory } from '../support/one-story.ts';
import { kafkaBluegreen, kafkaBluegreenReading, type Ran } from './command.ts';
import { bringUpBlue, request } from './deployment.ts';
import { runs, shell } from './shell.ts';

/** Somebody ends the bake early, and waives while blue settles. */
const asked = { ...request, settle: { clientCache: '1s', quiet: '4s' }, bake: '10m' };
const REQUEST = `# yaml-language-server: $schema=request.schema.json
cluster: ${asked.cluster}
record: ${asked.record}
requestedBy: ada
blue: {stack: ${asked.blue.stack}}
green:
  stack: ${asked.green.stack}
  parameters: {KafkaVersion: 4.3.1, MetadataMode: kraft}
ttl: 1s
settle: {clientCache: 1s, quiet: 2s}
drain: {sweeps: 2, every: 1s}
bake: 10m
keepStopped: 1s
`;

describe('the front door', () => {
  asOneStory();
  let local: LocalStack;
  let commands: readonly string[];
  before(async () => {
    const page = await readFile(join(projectRoot(), 'README.md'), 'utf8');
    commands = page
      .split('\n')
      .filter(line => line.startsWith('temporal '))
      .map(line => line.replace(/\s+#.*$/, ''));
    local = await startLocal();
    await bringUpBlue(local);
    await mkdir(join(local.directory, '.local'));
    await writeFile(join(local.directory, '.local/request.json'), JSON.stringify(asked));
    await writeFile(join(local.directory, 'request.yaml'), REQUEST);
  });
  after(() => local?.stop());

  const say = (...args: readonly string[]) => kafkaBluegreen(local, ...args);

  /** Fails with all that was printed unless the exit code is this one. */
  async function exits(code: number, ...args: readonly string[]): Promise<Ran> {
    return exited(code, await say(...args), args);
  }

  function exited(code: number, ran: Ran, args: readonly string[]): Ran {
    assert.equal(ran.code, code, `kafka-bluegreen ${args.join(' ')}\n${ran.out}${ran.err}`);
    return ran;
  }

  /** What the pipelines of docs/ci.md ask before they approve. */
  async function gateThatWaits(): Promise<string | null> {
    const { waitingFor } = JSON.parse((await exits(5, 'status', 'orders', '--json')).out) as Status;
    return waitingFor?.kind === 'gate' ? waitingFor.gate : null;
  }

  /** Sends it until the run takes it: what counts now may be over, or not begun, when it arrives. */
  async function taken(...args: readonly string[]): Promise<string> {
    let ran: Ran | null = null;
    const accepted = async () => {
      ran = await say(...args);
      return ran.code === 0;
    };
    await until(`${args.join(' ')} is taken`, accepted, { withinMs: 120_000, everyMs: 100 });
    return (ran as Ran | null)?.out ?? '';
  }

  /** The README's command that contains these words. */
  function readme(...words: readonly string[]): string {
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
        const { said } = await shell(local, readme('workflow metadata'));
        shown = said.split('\n').find(line => line.includes('--name approve') && line.includes(`"gate":"${gate}"`));
        return shown !== undefined;
      },
      { withinMs: 120_000, everyMs: 500 },
    );
    return (shown ?? '').trim();
  }

  test('says what is not there, and ends with 6, when Temporal or a worker is away', async () => {
    const nobody = await exits(6, '--address', '127.0.0.1:1', 'status', 'orders');
    assert.match(nobody.err, /^Temporal cannot be reached at 127\.0\.0\.1:1\. Set TEMPORAL_ADDRESS or --address/);
    const idle = await exits(6, 'plan', 'request.yaml');
    assert.match(idle.err, /^No worker answers on task queue kafka-bluegreen .* Start one: kafka-bluegreen worker\n$/);
    const alone = await exits(6, 'doctor');
    assert.match(alone.out, /✓ {2}namespace .*✗ {2}worker +None answers on task queue kafka-bluegreen: AWS, DNS/s);
    assert.match(alone.out, /Start one, then ask again: kafka-bluegreen worker\n/);
    const none = await exits(2, 'status', 'orders');
    assert.match(none.err, /^There is no deployment of orders .*kafka-bluegreen start request\.yaml\n$/);
  });

  test('refuses a bad request with every problem, and a bad command line with its usage, ending with 2', async () => {
    await writeFile(join(local.directory, 'bad.yaml'), REQUEST.replace('record:', 'recrd:').replace('1s\n', 'soon\n'));
    const bad = await exits(2, 'start', 'bad.yaml');
    assert.match(bad.err, /recrd: is not a known field\. Did you mean record\?/);
    assert.match(bad.err, /ttl: must be a duration/);
    assert.match(bad.err, /record: is missing/);
    assert.match((await exits(2, 'strat', 'request.yaml')).err, /unknown command 'strat'.*Did you mean start\?/s);
    await exits(2, 'waive', 'orders', '--by', 'ada');
  });

  test('worker says what its environment lacks, and schema what a request may have', async () => {
    const worker = await exits(2, 'worker');
    assert.match(worker.err, /^The worker cannot start\.\n.*KAFKA_BLUEGREEN_EVIDENCE.* is not set\./);
    const schema = JSON.parse((await exits(0, 'schema')).out) as { readonly properties: object };
    assert.ok('readRecord' in schema.properties);
  });

  test('doctor looks at everything through the worker, with and without a request', async () => {
    await local.startWorker();
    const whole = await exits(0, 'doctor', 'request.yaml');
    for (const line of [
      /✓ {2}Temporal +127\.0\.0\.1:\d+, server 1\./,
      /✓ {2}namespace +default keeps ended runs for 7 days/,
      /✓ {2}worker +1 polls task queue kafka-bluegreen/,
      /✓ {2}AWS identity +arn:aws:/,
      /✓ {2}Route 53 +kafka\.orders\.example\.com is in private zone orders\.example\.com/,
      /✓ {2}CloudFormation +kafka-orders-a is CREATE_COMPLETE; its template, policy and events can be read/,
      /✓ {2}load balancer +3 of 3 targets of kafka-orders-a are healthy/,
      /✓ {2}EC2 +3 of 3 instances of kafka-orders-a run/,
      /✓ {2}Kafka +cluster \S+: each of 3 brokers answers by its own address/,
      /✓ {2}evidence store /,
      /✓ {2}search attributes /,
      /- {2}rights to change +.* were not tried: nothing was changed/,
    ])
      assert.match(whole.out, line);
    const { findings } = JSON.parse((await exits(0, 'doctor', '--json')).out) as Diagnosis;
    assert.equal(findings.find(f => f.on === 'Kafka')?.state, 'not looked at');
  });

  test('both plan without changing anything', async () => {
    const plan = await exits(0, 'plan', 'request.yaml');
    assert.match(plan.out, /^orders: topics 2 drain.*; groups 1 move/);
    assert.match(plan.out, /\nNothing stands in the way\.\n$/);
    // The CLI prints an empty list as null.
    assert.match(await runs(local, readme('PlanWorkflow')), /Status +COMPLETED\n.*"problems":(null|\[\])/);
  });

  test('a start from standard input ends with 5 at the pause that waits for a person, and with 4 when it is rolled back', async () => {
    const args = ['start', '-', '--wait', '--until', 'waiting', '--every', '500ms'];
    const started = kafkaBluegreenReading(local, REQUEST, ...args);
    assert.match(await taken('pause', 'orders', '--by', 'ada'), /pauses before the next phase, asked for by ada/);
    const paused = exited(5, await started, args);
    assert.match(paused.out, /paused by ada → kafka-bluegreen resume orders\n/);
    assert.match(paused.err, /To go on: kafka-bluegreen resume orders\n$/);
    assert.equal(await gateThatWaits(), null);
    assert.match(
      (await exits(0, 'rollback', 'orders', '--by', 'ada', '--reason', 'a freeze')).out,
      /rollback asked for by ada/,
    );
    assert.match((await exits(4, 'watch', 'orders', '--every', '500ms')).out, /rolled back|rolled-back/);
    await exits(4, 'status', 'orders');
  });

  test('a start that waits shows what it waits for, is the only one, and ends with 3 when it is rejected', async () => {
    const args = ['start', 'request.yaml', '--wait', '--every', '500ms'];
    const started = say(...args);
    await commandToSend('flip');
    assert.match((await exits(2, 'start', 'request.yaml')).err, /^A deployment of orders runs already/);
    const again = await shell(local, readme('workflow start', '--fail-existing'));
    assert.notEqual(again.code, 0);
    assert.match(again.said, /already started|already running|AlreadyStarted/i);
    assert.match((await exits(5, 'status', 'orders')).out, /rollback: possible/);
    assert.equal(await gateThatWaits(), 'flip');
    const early = await exits(2, 'approve', 'orders', '--gate', 'decommission');
    assert.match(early.err, /approve was refused\. Nothing waits for an approval of decommission/);
    const paused = await exits(0, 'pause', 'orders', '--by', 'ada');
    assert.match(paused.out, /pauses before the next phase, asked for by ada/);
    assert.match((await exits(0, 'resume', 'orders', '--by', 'ada')).out, /pause taken back by ada/);
    const waived = await exits(2, 'waive', 'orders', '--straggler', 'orders', '--reason', 'stopped tomorrow');
    assert.match(waived.err, /waive was refused\. Waivers count from settle to release/);
    assert.match(await runs(local, readme('reject')), /flip rejected by you/);
    const ended = exited(3, await started, args);
    assert.match(ended.out, /orders: started kafka-bluegreen-orders, run \S+\n/);
    assert.match(ended.out, /smoke done in .*\n/);
    assert.match(ended.out, /waits for the approval of flip → kafka-bluegreen approve orders .*--gate flip\n/);
    assert.match(ended.out, /The flip was rejected by you: not today\. Everything was undone/);
    assert.equal((await say('status', 'orders')).code, 3);
    assert.match(await runs(local, readme('workflow result')), /"outcome":\s*"rejected"/);
  });

  test("a run started by Temporal's own CLI shows the command to send, which works as shown but for the name", async () => {
    await runs(local, readme('workflow start', '--fail-existing'));
    const approve = await commandToSend('flip');
    const { code, said } = await shell(local, readme('approve', '"decommission"'));
    assert.notEqual(code, 0, 'an approval that nothing waits for is refused');
    assert.match(said, /Nothing waits for an approval of decommission/);
    const status = JSON.parse(await runs(local, readme('workflow query', 'status'))) as {
      readonly queryResult: readonly [{ readonly waitingFor: { readonly command: string } }];
    };
    assert.equal(status.queryResult[0].waitingFor.command, approve);
    assert.match(await runs(local, approve.replace('YOU', 'grace')), /flip approved by grace/);
  });

  test('a straggler may be waived while blue settles', async () => {
    const why = ['--reason', 'it is stopped tomorrow', '--by', 'ada'];
    assert.match(await taken('waive', 'orders', '--straggler', 'payments', ...why), /straggler payments waived by ada/);
  });

  test('it is watched to its end by both, ends with 0, and its report comes as text, JSON, Markdown and one page', async () => {
    await commandToSend('bake');
    assert.match(
      (await exits(0, 'approve', 'orders', '--gate', 'bake', '--by', 'grace', '--reason', 'all is well')).out,
      /bake approved/,
    );
    const gate = await exits(5, 'watch', 'orders', '--until', 'waiting', '--every', '500ms');
    assert.match(gate.err, /To go on: kafka-bluegreen approve orders .*--gate decommission\n$/);
    assert.equal(await gateThatWaits(), 'decommission');
    const hasty = await exits(2, 'approve', 'orders', '--by', 'grace');
    assert.match(hasty.err, /approve was refused\. Nothing waits for an approval of flip/);
    const watched = say('watch', 'orders', '--every', '500ms');
    assert.match(await runs(local, readme('approve', '"decommission"')), /decommission approved by you/);
    assert.match(await runs(local, readme('workflow result')), /"outcome":\s*"deployed"/);
    assert.match(exited(0, await watched, ['watch']).out, /drain ledger: (\d+) of \1 rows/);
    const report = JSON.parse((await exits(0, 'report', 'orders', '--format', 'json')).out) as Report;
    assert.equal(report.outcome, 'deployed');
    assert.match((await exits(0, 'report', 'orders', '--format', 'markdown')).out, /^# orders: deployed\n/);
    await exits(0, 'report', 'orders', '--format', 'html', '--output', 'report.html');
    assert.match(await readFile(join(local.directory, 'report.html'), 'utf8'), /^<!doctype html>/);
    assert.match((await exits(0, 'report', 'orders')).out, /approved: bake by grace .*all is well/);
  });

  test('what comes after the end is refused with the sentence', async () => {
    const over = /has ended|There is no deployment|already completed/;
    assert.match((await exits(2, 'rollback', 'orders')).err, over);
    assert.match((await exits(2, 'reject', 'orders')).err, over);
  });
});
