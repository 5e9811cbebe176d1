import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { nameWhatNeverFinishes } from '../../activities/drain-standings.ts';
import { Naming } from '../../activities/naming.ts';
import { MOST_OBSERVATIONS, type Observation, shortened } from '../../contract/observation.ts';
import type { Status } from '../../contract/status.ts';
import type { Pace } from '../../kafka/eta.ts';
import { guarantee } from '../support/guarantee.ts';
import { evidence, minimalRequest, World, workflowId } from './doubles.ts';
import { type Double, type Event, Sandbox } from './sandbox.ts';
import { wideResults } from './wide-results.ts';

const hourMs = 3_600_000;
const SWEEP_EVERY_MS = 10_000;
/** From the approval of the flip to the end of the first sweep: TTL and the caches of clients take 35 s of it, every step a second. */
const FIRST_SWEPT_MS = 45_000;
/** It is accepted, and it is answered. */
const COMMANDS_OF_AN_UPDATE = 2;
const by = 'ö'.repeat(200);
const approveFlip: Event = { at: hourMs, update: 'approve', input: { by, gate: 'flip', reason: 'ö'.repeat(2_000) } };
const approveDeletion: Event = { at: 90 * hourMs, update: 'approve', input: { by: 'grace', gate: 'decommission' } };

describe('bounds of BlueGreenWorkflow', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await Sandbox.create();
  });
  after(() => sandbox.destroy());

  /** What the two steps say in this many sweeps of a group that stops before every second one, and goes on before the others. */
  async function sayingIn(sweeps: number): Promise<Event[]> {
    const said: Event[] = [];
    let at = 0;
    const tell = async (input: Observation) => {
      said.push({ at, update: 'observe', input: shortened(input) });
    };
    let naming = new Naming({ tell }, 'never-finishes');
    for (let sweep = 0; sweep < sweeps; sweep += 1) {
      const ofStep = sweep % (sweeps / 2);
      if (ofStep === 0) naming = new Naming({ tell }, 'never-finishes');
      at = hourMs + FIRST_SWEPT_MS + sweep * SWEEP_EVERY_MS;
      const pace: Pace =
        ofStep % 2 === 0 ? { kind: 'stalled', forMs: hourMs } : { kind: 'moving', perSecond: 9, etaMs: hourMs };
      const standing = { kind: 'behind', group: 'billing', members: 1, rows: [], remaining: '9', pace } as const;
      await nameWhatNeverFinishes([standing], 100 * hourMs, naming);
    }
    return said;
  }

  /** A deployment whose groups are read in this many sweeps, one half until the first is drained, the other until all are. */
  function deployment(o: {
    readonly partitions: number;
    readonly sweeps: number;
    readonly saying: readonly Event[];
    readonly request?: object;
  }) {
    return sandbox.run({
      workflowType: 'BlueGreenWorkflow',
      workflowId,
      input: { ...minimalRequest, ...o.request },
      activities: wideResults(o.partitions, true),
      events: [approveFlip, ...o.saying, approveDeletion],
      activityMs: name => (/^(drainFirstGroup|releaseGroups)$/.test(name) ? (o.sweeps / 2) * SWEEP_EVERY_MS : 1_000),
    });
  }

  test(
    ...guarantee(
      { promise: 'bounded', fault: '2,000 partitions instead of 12, and 5,000 sweeps instead of 10' },
      'a run takes the same steps in the same order, whatever the number of partitions and sweeps',
      async () => {
        const small = await deployment({ partitions: 12, sweeps: 10, saying: [] });
        const wide = await deployment({ partitions: 2_000, sweeps: 10, saying: [] });
        const long = await deployment({ partitions: 12, sweeps: 5_000, saying: [] });
        assert.equal(small.ending.kind, 'completed');
        for (const run of [wide, long]) {
          assert.deepEqual(run.activities, small.activities);
          assert.equal(run.commands, small.commands);
        }
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'bounded', fault: 'a group that stops and goes on at every one of 5,000 sweeps' },
      'a run hears of it 40 times at most, and takes the same steps as one that hears nothing',
      async () => {
        const quiet = await deployment({ partitions: 12, sweeps: 10, saying: [] });
        for (const sweeps of [10, 5_000]) {
          const saying = await sayingIn(sweeps);
          assert.ok(saying.length >= sweeps, 'each sweep has something to say');
          const run = await deployment({ partitions: 12, sweeps, saying });
          assert.equal(run.ending.kind, 'completed');
          const taken = run.updates.filter(u => u.name === 'observe' && !u.answer.startsWith('refused')).length;
          assert.equal(taken, Math.min(sweeps, MOST_OBSERVATIONS));
          assert.deepEqual(run.activities, quiet.activities);
          assert.equal(run.commands, quiet.commands + taken * COMMANDS_OF_AN_UPDATE);
        }
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'bounded', fault: 'order total' },
      'a run with order total takes at most six commands more than one without, whatever the number of partitions and sweeps',
      async () => {
        const request = { order: 'total' };
        const usual = await deployment({ partitions: 12, sweeps: 10, saying: [] });
        const small = await deployment({ partitions: 12, sweeps: 10, saying: [], request });
        const large = await deployment({ partitions: 2_000, sweeps: 5_000, saying: [], request });
        assert.equal(small.ending.kind, 'completed');
        assert.deepEqual([large.activities, large.commands], [small.activities, small.commands]);
        assert.equal(small.activities.length, usual.activities.length + 2);
        assert.ok(small.commands <= usual.commands + 6, `${small.commands} commands instead of ${usual.commands}`);
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'bounded', fault: 'the most waivers, observations and bad messages that a run takes' },
      'every query answers within 64 KB after the most waivers, observations and bad messages that a run takes',
      async () => {
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
            { kind: 'restart-now', groups: names.map(group => `${i}${group}`) },
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
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'bounded', fault: '2,000 topics and groups with the longest names instead of 12' },
      'what the steps report of them by their own code stays small, and so do the run, its queries and its result',
      async () => {
        const rollback: Event = { at: hourMs + FIRST_SWEPT_MS, update: 'rollback', input: { by, reason: 'slow' } };
        for (const [decided, ways] of [
          [true, [approveDeletion]],
          [true, [rollback]],
          [false, []],
        ] as const) {
          const weights: number[] = [];
          for (const topics of [12, 2_000]) {
            const { doubles, results } = weighingResults(wideResults(topics, decided));
            const trace = await sandbox.run({
              workflowType: 'BlueGreenWorkflow',
              workflowId,
              input: minimalRequest,
              activities: doubles,
              events: decided ? [approveFlip, ...ways] : [],
              activityMs: name => (name === 'drainFirstGroup' ? 100 * SWEEP_EVERY_MS : 1_000),
            });
            assert.equal(trace.ending.kind, decided ? 'completed' : 'failed');
            weights.push(results.reduce((sum, bytes) => sum + bytes, 0));
            for (const name of ['status', 'report', 'plan', 'ledger']) {
              const bytes = Buffer.byteLength(JSON.stringify(await trace.query(name)));
              assert.ok(bytes <= 64 * 1024, `${name} of ${topics}: ${bytes} bytes`);
            }
          }
          const [, wide = 0] = weights;
          assert.ok(wide > 0 && wide <= 128 * 1024, `${wide} bytes of results`);
        }
      },
    ),
  );

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

  /** Bytes of what the steps report, in their order. */
  function weighingResults(activities: Record<string, Double>): {
    readonly doubles: Record<string, Double>;
    readonly results: number[];
  } {
    const results: number[] = [];
    const doubles = Object.entries(activities).map(([name, double]): [string, Double] => [
      name,
      (input, call) => {
        const result = double(input, call);
        results.push(Buffer.byteLength(JSON.stringify(result)));
        return result;
      },
    ]);
    return { doubles: Object.fromEntries(doubles), results };
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
          [
            'settle',
            'freeze',
            'drainFirstGroup',
            'releaseGroups',
            'awaitReadersGone',
            'putKeepBackOnGreen',
            'proveBlueDrained',
          ],
        );
        const total = waived.inputs.reduce((sum, input) => sum + input.bytes, 0);
        assert.ok(total <= 128 * 1024, `${total} bytes of inputs`);
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'bounded', fault: '200 rejections with the longest reasons' },
      'a result is within 64 KB, however much people said',
      async () => {
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
      },
    ),
  );
});
