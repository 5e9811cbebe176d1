/**
 * The two ways in, side by side on one stack: the README's commands as they stand there, for which Temporal's own CLI is enough, and
 * the kafka-bluegreen command with what it prints and what its exit codes tell CI.
 */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import kafkajs, { Kafka, logLevel } from 'kafkajs';
import type { Diagnosis } from '../../contract/diagnosis.ts';
import type { Report } from '../../contract/report.ts';
import type { Status } from '../../contract/status.ts';
import { type LocalStack, startLocal } from '../../local/stack.ts';
import { until } from '../../local/until.ts';
import { blockWith, lineOf } from '../docs/page-lines.ts';
import { words } from '../docs/shell.ts';
import { asOneStory } from '../support/one-story.ts';
import { kafkaBluegreen, kafkaBluegreenReading, type Ran } from './command.ts';
import { addressOf, bringUpBlue, request } from './deployment.ts';
import { runs, shell } from './shell.ts';

/** The README has it alone and in its loops. */
const METADATA = 'temporal workflow metadata --workflow-id kafka-bluegreen-orders';
/** A loop waits until green is made, or blue drained. */
const LINE_WITHIN_MS = 240_000;
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
  let bootstrap: string;
  before(async () => {
    local = await startLocal();
    ({ bootstrap } = await bringUpBlue(local));
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

  /** The deletion waits for somebody who means it: the flip's approval counts for nothing there. */
  async function refusesHaste(): Promise<void> {
    const gate = await exits(5, 'watch', 'orders', '--until', 'waiting', '--every', '500ms');
    assert.match(gate.err, /To go on: kafka-bluegreen approve orders .*--gate decommission\n$/);
    assert.equal(await gateThatWaits(), 'decommission');
    const hasty = await exits(2, 'approve', 'orders', '--by', 'grace');
    assert.match(hasty.err, /approve was refused\. Nothing waits for an approval of flip/);
  }

  /** The README's command for Temporal's own CLI that has these texts. */
  const readme = (...texts: readonly string[]) => lineOf('README.md', 'temporal ', ...texts);

  /** Waits until the run's metadata shows a gate; answers with the command shown there. */
  async function commandToSend(gate: string): Promise<string> {
    let shown: string | undefined;
    await until(
      `metadata shows how to approve ${gate}`,
      async () => {
        const { said } = await shell(local, METADATA);
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

  test("the page's command takes fence and keep off a topic", async () => {
    const kafka = new Kafka({
      clientId: 'test',
      brokers: [await addressOf(local, bootstrap)],
      logLevel: logLevel.NOTHING,
    });
    const admin = kafka.admin();
    await admin.connect();
    try {
      const type = kafkajs.ConfigResourceTypes.TOPIC;
      const overrides = async () => {
        const { resources } = await admin.describeConfigs({
          includeSynonyms: false,
          resources: [{ type, name: 'payments' }],
        });
        const own = resources[0]?.configEntries.filter(
          entry => entry.configSource === kafkajs.ConfigSource.TOPIC_CONFIG,
        );
        return own?.map(entry => entry.configName).toSorted();
      };
      const ours = ['max.message.bytes', 'retention.bytes', 'retention.ms'];
      const configEntries = ours.map(name => ({ name, value: name === 'max.message.bytes' ? '1' : '-1' }));
      await admin.alterConfigs({ validateOnly: false, resources: [{ type, name: 'payments', configEntries }] });
      assert.deepEqual(await overrides(), ours);
      const [, ...args] = words(lineOf('docs/leftovers.md', 'kafka-configs.sh'));
      const given = args.map(word => ({ BLUE: bootstrap, TOPIC: 'payments' })[word] ?? word);
      const { code, stderr } = await local.runKafkaTool('3.9.2', 'kafka.admin.ConfigCommand', given);
      assert.equal(code, 0, stderr);
      assert.deepEqual(await overrides(), []);
    } finally {
      await admin.disconnect();
    }
  });

  test("the pages' commands make a namespace with the retention and the search attributes that a run wants", async () => {
    await runs(local, lineOf('docs/aws.md', 'namespace create'));
    for (const name of ['KafkaCluster', 'BlueGreenPhase', 'BlueGreenWaitingFor'])
      await until(
        `the new namespace takes search attribute ${name}`,
        async () => (await shell(local, lineOf('docs/aws.md', 'search-attribute create', name))).code === 0,
        { withinMs: 60_000, everyMs: 1_000 },
      );
    const namespace = await runs(local, 'temporal operator namespace describe --namespace kafka -o json');
    assert.match(namespace, /"workflowExecutionRetentionTtl": *"(2592000s|720h0m0s)"/);
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
    const answered = await shell(local, lineOf('docs/rollback.md', 'waive'));
    assert.match(answered.said, /Waivers count from settle to release/);
    const gate = await exits(5, 'watch', 'orders', '--until', 'waiting', '--every', '500ms');
    assert.match(gate.err, /To go on: kafka-bluegreen approve orders .*--gate flip\n$/);
    assert.match(await runs(local, readme('reject')), /flip rejected by you/);
    const ended = exited(3, await started, args);
    assert.match(ended.out, /orders: started kafka-bluegreen-orders, run \S+\n/);
    assert.match(ended.out, /smoke done in .*\n/);
    assert.match(ended.out, /waits for the approval of flip → kafka-bluegreen approve orders .*--gate flip\n/);
    assert.match(ended.out, /The flip was rejected by you: not today\. Everything was undone/);
    assert.equal((await say('status', 'orders')).code, 3);
    assert.match(await runs(local, readme('workflow result')), /"outcome":\s*"rejected"/);
  });

  test("the README's rollback takes a run back in the middle of a step", async () => {
    await runs(local, readme('workflow start', '--fail-existing'));
    await until('green is being made', async () => (await shell(local, METADATA)).said.includes('▶ provision'), {
      withinMs: 60_000,
      everyMs: 200,
    });
    assert.match(await runs(local, readme('rollback')), /Result/);
    assert.match(await runs(local, readme('workflow result')), /"outcome":\s*"rolled-back"/);
  });

  test("the README's commands, pasted in their order, replace blue by green", async () => {
    const [source, ...lines] = blockWith('README.md', 'source .local/env');
    assert.equal(source, 'source .local/env', 'its variables are those of this shell');
    const said = new Map<string, string>();
    let watched: Promise<Ran> | undefined;
    for (const line of lines) {
      if (line.startsWith('until') && line.includes('decommission')) {
        await commandToSend('bake');
        const bake = ['--gate', 'bake', '--by', 'grace', '--reason', 'all is well'];
        const ended = await exits(0, 'approve', 'orders', ...bake);
        assert.match(ended.out, /bake approved/);
      }
      if (line.includes('--name approve') && line.includes('decommission')) {
        await refusesHaste();
        watched = say('watch', 'orders', '--every', '500ms');
      }
      said.set(line, await runs(local, line, LINE_WITHIN_MS));
      if (line.includes('--name approve') && line.includes('"flip"')) {
        const why = ['--reason', 'it is stopped tomorrow', '--by', 'ada'];
        const waived = await taken('waive', 'orders', '--straggler', 'payments', ...why);
        assert.match(waived, /straggler payments waived by ada/);
      }
      if (line.startsWith('until') && line.includes('flip')) {
        const { code, said: refused } = await shell(local, readme('approve', '"decommission"'));
        assert.notEqual(code, 0, 'an approval that nothing waits for is refused');
        assert.match(refused, /Nothing waits for an approval of decommission/);
      }
    }
    const [shown = ''] = [...said].flatMap(([line, text]) => (line.includes('"gate":"flip"') ? [text.trim()] : []));
    const status = JSON.parse(said.get(readme('workflow query', 'status')) ?? '') as {
      readonly queryResult: readonly [{ readonly waitingFor: { readonly command: string } }];
    };
    assert.equal(status.queryResult[0].waitingFor.command, shown);
    const spaceless = (text: string) => text.replaceAll(' ', '');
    assert.equal(spaceless(shown.replace('YOU', 'you')), spaceless(readme('approve', '"flip"')));
    assert.match(said.get(readme('approve', '"decommission"')) ?? '', /decommission approved by you/);
    assert.match(said.get(readme('workflow result')) ?? '', /"outcome":\s*"deployed"/);
    assert.ok(watched);
    assert.match(exited(0, await watched, ['watch']).out, /drain ledger: (\d+) of \1 rows/);
  });

  test('a run’s report comes as text, JSON, Markdown and one page', async () => {
    const report = JSON.parse((await exits(0, 'report', 'orders', '--format', 'json')).out) as Report;
    assert.equal(report.outcome, 'deployed');
    assert.match((await exits(0, 'report', 'orders', '--format', 'markdown')).out, /^# orders: deployed\n/);
    await exits(0, 'report', 'orders', '--format', 'html', '--output', 'report.html');
    assert.match(await readFile(join(local.directory, 'report.html'), 'utf8'), /^<!doctype html>/);
    assert.match((await exits(0, 'report', 'orders')).out, /approved: bake by grace .*all is well/);
  });

  test("the pages' commands for Temporal's operators do what the pages say", async () => {
    assert.match(await runs(local, lineOf('docs/output.md', '--name ledger')), /"drained":\s*5/);
    assert.doesNotMatch(await runs(local, lineOf('docs/output.md', 'workflow list')), /kafka-bluegreen-orders/);
    const ended = lineOf('docs/output.md', 'workflow list').replace('BlueGreenWaitingFor', 'BlueGreenPhase');
    assert.match(await runs(local, ended.replace("'hold'", "'deployed'")), /kafka-bluegreen-orders/);
    assert.match(await runs(local, lineOf('CONTRIBUTING.md', 'workflow show')), /WorkflowExecutionCompleted/);
    assert.match(await runs(local, lineOf('docs/aws.md', 'DoctorWorkflow')), /Status +COMPLETED\n.*"findings"/);
  });

  test('what comes after the end is refused with the sentence', async () => {
    const over = /has ended|There is no deployment|already completed/;
    assert.match((await exits(2, 'rollback', 'orders')).err, over);
    assert.match((await exits(2, 'reject', 'orders')).err, over);
  });
});
