import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Observation, shortened } from '../../contract/observation.ts';
import type { Status } from '../../contract/status.ts';
import { guarantee } from '../support/guarantee.ts';
import { evidence, minimalRequest, World, workflowId } from './doubles.ts';
import { type Double, type Event, Sandbox } from './sandbox.ts';

const hourMs = 3_600_000;
const by = 'ö'.repeat(200);
const approveFlip: Event = { at: hourMs, update: 'approve', input: { by, gate: 'flip', reason: 'ö'.repeat(2_000) } };
const approveDeletion: Event = { at: 90 * hourMs, update: 'approve', input: { by: 'grace', gate: 'decommission' } };

describe('bounds of BlueGreenWorkflow', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await Sandbox.create();
  });
  after(() => sandbox.destroy());

  /** What steps report of clusters with this many partitions. */
  function reporting(count: number): Record<string, Double> {
    const doubles = new World().doubles();
    const summary = { rows: count, drained: count, groups: count, sha256: 'cd'.repeat(32) };
    return {
      ...doubles,
      freeze: () => ({ detail: `${count} partitions frozen`, evidence }),
      drainFirstGroup: () => ({ kind: 'done', detail: `${count} rows`, evidence, summary }),
      releaseGroups: () => ({ kind: 'done', detail: `${count} rows`, evidence, summary }),
    };
  }

  test('the same steps in the same order whatever the number of partitions', async () => {
    const runs = [];
    for (const count of [12, 2_000]) {
      runs.push(
        await sandbox.run({
          workflowType: 'BlueGreenWorkflow',
          workflowId,
          input: minimalRequest,
          activities: reporting(count),
          events: [approveFlip, approveDeletion],
        }),
      );
    }
    const [small, large] = runs;
    assert.equal(small?.ending.kind, 'completed');
    assert.deepEqual(large?.activities, small?.activities);
    assert.equal(large?.commands, small?.commands);
  });

  test('every query answers within 64 KB after the most waivers, observations and bad messages that a run takes', async () => {
    const long = (i: number, length: number) => `${i}-${'ö'.repeat(length)}`.slice(0, length);
    const names = Array.from({ length: 10 }, (_, i) => long(i, 249));
    const during = (i: number) => ({ at: hourMs + 120_000 + i * 30_000 });
    const waivers = Array.from({ length: 110 }, (_, i): Event => {
      return { ...during(i), signal: 'waive', input: { by: 'ada', reason: 'old', group: `${i}-`.padEnd(62, 'x') } };
    });
    const seen = Array.from({ length: 50 }, (_, i): Event => {
      const what: Observation[] = [
        { kind: 'stragglers', topics: names.map(topic => ({ topic: `${i}${topic}`, perSecond: 12.5 })) },
        { kind: 'never-finishes', groups: names.map(group => ({ group, why: long(i, 500) })) },
        { kind: 'restart-now', groups: names },
      ];
      return {
        ...during(i),
        update: 'observe',
        input: shortened(what[i % 3] ?? { kind: 'clear', what: 'stragglers' }),
      };
    });
    const bad = Array.from({ length: 30 }, (_, i): Event => {
      return { ...during(i), signal: long(i, 5_000), input: { by: long(i, 5_000) } };
    });
    const trace = await sandbox.run({
      workflowType: 'BlueGreenWorkflow',
      workflowId,
      input: minimalRequest,
      activities: {
        ...new World().doubles(),
        freezeGreen: () => ({ detail: 'x'.repeat(5_000), evidence, stranded: {} }),
        settle: () => ({ detail: 'ö'.repeat(5_000) }),
      },
      events: [approveFlip, ...waivers, ...seen, ...bad],
      activityMs: name => (name === 'drainFirstGroup' ? 80 * hourMs : 1_000),
    });
    assert.equal(trace.ending.kind, 'waiting', 'for the approval of the deletion');
    for (const name of ['status', 'report', 'plan', 'ledger']) {
      const bytes = Buffer.byteLength(JSON.stringify(await trace.query(name)));
      assert.ok(bytes <= 64 * 1024, `${name}: ${bytes} bytes`);
    }
    const status = (await trace.query('status')) as Status;
    assert.deepEqual([status.waivers.length, status.ignored.count, status.ignored.last.length], [100, 40, 20]);
    assert.deepEqual(
      status.waivers.map(w => w.name.split('-')[0]),
      Array.from({ length: 100 }, (_, i) => String(i)),
    );
    assert.match(status.waitingFor?.kind === 'gate' ? status.waitingFor.command : '', /"gate":"decommission"\}'$/);
    const taken = trace.updates.filter(u => u.name === 'observe' && !u.answer.startsWith('refused'));
    assert.equal(taken.length, 37, 'three places are kept to clear what is shown');
  });

  /** Bytes of what each step was told, in the order of the steps. */
  function weighing(): {
    readonly doubles: Record<string, Double>;
    readonly inputs: { name: string; bytes: number }[];
  } {
    const inputs: { name: string; bytes: number }[] = [];
    const doubles = Object.entries(new World().doubles()).map(([name, double]): [string, Double] => [
      name,
      (input, call) => {
        inputs.push({ name, bytes: Buffer.byteLength(JSON.stringify(input)) });
        return double(input, call);
      },
    ]);
    return { doubles: Object.fromEntries(doubles), inputs };
  }

  test(
    ...guarantee(
      { promise: 'bounded', fault: 'as many waivers as a run takes, of the longest kind' },
      'waivers are refused with a sentence beyond 12 KB, and travel only with the steps that look at them',
      async () => {
        const longest = (i: number): Event => {
          const input = { by, reason: 'ö'.repeat(500), group: `${i}-`.padEnd(1_000, 'ö') };
          return { at: hourMs + 20_000, update: 'waive', input };
        };
        const plain = weighing();
        const waived = weighing();
        const run = { workflowType: 'BlueGreenWorkflow', workflowId, input: minimalRequest };
        await sandbox.run({ ...run, activities: plain.doubles, events: [approveFlip, approveDeletion] });
        const trace = await sandbox.run({
          ...run,
          activities: waived.doubles,
          events: [approveFlip, ...Array.from({ length: 100 }, (_, i) => longest(i)), approveDeletion],
        });
        assert.equal(trace.ending.kind, 'completed');
        const refused = trace.updates.filter(u => u.answer.endsWith('at most 12288. Give the reason in fewer words.'));
        assert.ok(refused.length > 90 && refused.length < 100, `${refused.length} of 100 were refused`);
        const heavier = waived.inputs.filter((input, i) => input.bytes > (plain.inputs[i]?.bytes ?? 0));
        assert.deepEqual(
          heavier.map(input => input.name),
          ['settle', 'freeze', 'drainFirstGroup', 'releaseGroups', 'awaitReadersGone', 'proveBlueDrained'],
        );
        const total = waived.inputs.reduce((sum, input) => sum + input.bytes, 0);
        assert.ok(total <= 128 * 1024, `${total} bytes of inputs`);
      },
    ),
  );

  test('a result is within 64 KB, however much people said', async () => {
    const undecided = Array.from({ length: 200 }, (_, i): Event[] => [
      {
        at: (90 + i) * hourMs,
        signal: 'reject',
        input: { by, gate: 'decommission', reason: `${i} ${'ö'.repeat(1_900)}` },
      },
      { at: (90.5 + i) * hourMs, signal: 'resume', input: { by } },
    ]).flat();
    const trace = await sandbox.run({
      workflowType: 'BlueGreenWorkflow',
      workflowId,
      input: minimalRequest,
      activities: new World().doubles(),
      events: [approveFlip, ...undecided, { ...approveDeletion, at: 500 * hourMs }],
    });
    assert.ok(trace.ending.kind === 'completed');
    const bytes = Buffer.byteLength(JSON.stringify(trace.ending.result));
    assert.ok(bytes > 32 * 1024 && bytes <= 64 * 1024, `${bytes} bytes`);
  });
});
