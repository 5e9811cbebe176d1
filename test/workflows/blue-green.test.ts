import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import type { StepInput } from '../../contract/activities.ts';
import type { Report } from '../../contract/report.ts';
import type { Status } from '../../contract/status.ts';
import { evidence, failing, minimalRequest, World, workflowId } from './doubles.ts';
import { type Event, type Options, Sandbox, type Trace } from './sandbox.ts';

const hours = 3_600_000;
const approveFlip: Event = { at: 1 * hours, update: 'approve', input: { by: 'grace', gate: 'flip' } };
const approveDeletion: Event = { at: 10 * hours, update: 'approve', input: { by: 'grace', gate: 'decommission' } };

const resumeLater: Event = { at: 11 * hours, signal: 'resume', input: { by: 'ada' } };

describe('BlueGreenWorkflow', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await Sandbox.create();
  });
  after(() => sandbox.destroy());

  async function deploy(
    events: readonly Event[],
    change: (world: World) => Partial<ReturnType<World['doubles']>> = () => ({}),
    how: Pick<Options, 'activityMs' | 'doneThoughCancelled'> & { readonly request?: object } = {},
  ) {
    const { request, ...options } = how;
    const world = new World();
    const trace = await sandbox.run({
      workflowType: 'BlueGreenWorkflow',
      workflowId,
      input: { ...minimalRequest, ...request },
      activities: { ...world.doubles(), ...change(world) },
      events,
      ...options,
    });
    return { world, trace };
  }

  function reportOf(trace: Trace): Report {
    assert.equal(trace.ending.kind, 'completed');
    return (trace.ending as { result: Report }).result;
  }

  test('deploys when flip and decommission are approved, and blue is deleted last', async () => {
    const { world, trace } = await deploy([approveFlip, approveDeletion]);
    const report = reportOf(trace);
    assert.equal(report.outcome, 'deployed');
    assert.deepEqual(
      report.phases.map(p => p.state),
      Array(12).fill('done'),
    );
    assert.deepEqual(
      [world.writers, world.greenStack, world.blueStack, world.signpost],
      ['green', true, false, 'steady'],
    );
    assert.ok(trace.activities.indexOf('proveBlueDrained') < trace.activities.indexOf('deleteBlue'));
  });

  test('undoes everything and ends rejected when the flip is rejected', async () => {
    const { world, trace } = await deploy([
      { at: hours, signal: 'reject', input: { by: 'grace', reason: 'not today' } },
    ]);
    assert.equal(reportOf(trace).outcome, 'rejected');
    assert.deepEqual([world.writers, world.greenStack, world.signpost], ['blue', false, 'steady']);
  });

  test('undoes everything and fails with ApprovalExpired when nobody approves in time', async () => {
    const { world, trace } = await deploy([]);
    assert.equal(trace.ending.kind === 'failed' && trace.ending.type, 'ApprovalExpired');
    const { outcome, ending } = (await trace.query('report')) as Report;
    assert.deepEqual([outcome, ending], ['failed', 'Nobody approved the flip within 3d; everything was undone.']);
    assert.deepEqual([world.writers, world.greenStack], ['blue', false]);
    assert.ok(trace.elapsedMs >= 72 * hours);
  });

  test('undoes everything and fails with the first cause when a step before the flip fails for good', async () => {
    const { world, trace } = await deploy([], w => ({
      smokeTest: failing(w.doubles().smokeTest, 9, 'transaction refused'),
    }));
    assert.ok(trace.ending.kind === 'failed' && trace.ending.type === 'DeploymentFailed');
    assert.match(trace.ending.message, /transaction refused/);
    assert.deepEqual([world.greenStack, world.signpost], [false, 'steady']);
  });

  test('says at the end only what the steps of the undo answered', async () => {
    const { trace } = await deploy([approveFlip], w => ({
      confirmBeforeFlip: () => {
        throw ApplicationFailure.nonRetryable('The blue stack kafka-orders-a is DELETE_COMPLETE.', 'BlueChanged');
      },
      deleteGreen: (input, call) => ({ ...(w.doubles().deleteGreen(input, call) as object), end: 'left-alone' }),
    }));
    assert.equal(
      trace.ending.kind === 'failed' && trace.ending.message,
      "The deployment failed in flip: The blue stack kafka-orders-a is DELETE_COMPLETE. What this run had done was undone, and green (kafka-orders-b) is somebody else's stack, and was left alone; but blue (kafka-orders-a) was changed or deleted by somebody else: see to it first.",
    );
  });

  test('holds with a green that somebody wrote to, record and signpost back on blue, and deletes it once it is empty', async () => {
    const refusal = 'Green (kafka-orders-b) is deleted only empty, but somebody wrote to it: orders 12 offsets.';
    const change = (w: World) => ({ deleteGreen: failing(w.doubles().deleteGreen, 1, refusal) });
    const reject: Event = { at: hours, signal: 'reject', input: { by: 'grace', reason: 'not today' } };
    const left = await deploy([reject], change);
    assert.equal(left.trace.ending.kind, 'waiting');
    const { waitingFor, phase } = (await left.trace.query('status')) as Status;
    assert.deepEqual([phase, waitingFor?.kind === 'hold' && waitingFor.reason], ['undo', refusal]);
    assert.deepEqual([left.world.greenStack, left.world.signpost], [true, 'steady']);
    const resumed = await deploy([reject, resumeLater], change);
    assert.equal(reportOf(resumed.trace).outcome, 'rejected');
    assert.equal(resumed.world.greenStack, false);
  });

  test('puts keep back when the flip itself is refused', async () => {
    const { world, trace } = await deploy([approveFlip], w => ({
      flipRecord: failing(w.doubles().flipRecord, 9, 'the record was changed'),
    }));
    assert.equal(trace.ending.kind, 'failed');
    assert.deepEqual([world.blueKept, world.writers, world.greenStack], [false, 'blue', false]);
  });

  /** A flip that Route 53 accepted, and of which nobody ever hears. */
  const unansweredFlip = (w: World) => ({
    flipRecord: () => {
      w.writers = 'green';
      throw Object.assign(new Error('answer lost'), { name: 'ApplicationFailure' });
    },
  });

  test('goes on from a flip whose answer was lost for good: nothing moves back by itself', async () => {
    const { world, trace } = await deploy([approveFlip, approveDeletion], unansweredFlip);
    assert.equal(reportOf(trace).outcome, 'deployed');
    assert.match(reportOf(trace).phases.find(p => p.phase === 'flip')?.detail ?? '', /found there without its answer/);
    assert.equal(world.writers, 'green');
    assert.equal(trace.activities.filter(name => name === 'flipRecord').length, 1);
  });

  test('rolls back in order when the way back was asked for while a flip was under way that had happened', async () => {
    const { world, trace } = await deploy(
      [approveFlip, { at: 2 * hours, update: 'rollback', input: { by: 'ada' } }],
      undefined,
      { activityMs: name => (name === 'flipRecord' ? 4 * hours : 1_000), doneThoughCancelled: ['flipRecord'] },
    );
    const report = reportOf(trace);
    assert.equal(report.outcome, 'rolled-back');
    assert.match(report.ending ?? '', /The traffic went back.*delete-stack --stack-name kafka-orders-b.*orders 7\.$/);
    assert.deepEqual([world.writers, world.greenFenced, world.greenStack], ['blue', true, true]);
    const order = ['holdWrites', 'freezeGreen', 'reopenBlue', 'returnRecord'];
    assert.deepEqual(trace.activities.slice(-4), order);
  });

  test('opens blue again without a green that somebody deleted, once a waiver answers for what it had', async () => {
    const gone: Event[] = [
      approveFlip,
      { at: 1.5 * hours, signal: 'rollback', input: { by: 'ada' } },
      { at: 2 * hours, update: 'waive', input: { by: 'grace', reason: 'deleted by mistake', topic: '*' } },
    ];
    const { world, trace } = await deploy(
      gone,
      w => ({
        freezeGreen: (input: StepInput) => {
          if (input.waivers.length > 0) return { detail: 'given up', evidence, stranded: 'unknown' };
          w.greenStack = false;
          throw ApplicationFailure.nonRetryable('Stack kafka-orders-b is DELETE_COMPLETE.', 'StackGone');
        },
      }),
      { activityMs: name => (name === 'settle' ? 4 * hours : 1_000) },
    );
    const report = reportOf(trace);
    assert.deepEqual([report.outcome, report.stranded], ['rolled-back', 'unknown']);
    assert.deepEqual(
      report.waivers.map(({ name, by }) => [name, by]),
      [['*', 'grace']],
    );
    assert.deepEqual([world.writers, world.blueFenced, world.signpost], ['blue', false, 'steady']);
  });

  for (const step of [
    'awaitFlipSeen',
    'settle',
    'freeze',
    'drainFirstGroup',
    'releaseGroups',
    'proveBlueDrained',
    'deleteBlue',
  ] as const) {
    test(`holds when ${step} fails after the flip, and goes on when resumed`, async () => {
      const everyHour = Array.from({ length: 30 }, (_, i): Event[] => [
        { at: (2 + i) * hours, signal: 'resume', input: { by: 'ada' } },
        { at: (2.5 + i) * hours, signal: 'approve', input: { by: 'grace', gate: 'decommission' } },
      ]);
      const { trace } = await deploy([approveFlip, ...everyHour.flat()], w => ({ [step]: failing(w.doubles()[step]) }));
      assert.equal(reportOf(trace).outcome, 'deployed');
      assert.equal(trace.activities.filter(name => name === step).length, 2);
    });
  }

  test('says what it holds for, and the command, while nothing moves', async () => {
    const { world, trace } = await deploy([approveFlip], w => ({
      freeze: failing(w.doubles().freeze, 99, 'broker 2 did not answer'),
    }));
    assert.equal(trace.ending.kind, 'waiting');
    const status = (await trace.query('status')) as Status;
    assert.ok(status.waitingFor?.kind === 'hold');
    assert.match(status.waitingFor.reason, /broker 2 did not answer/);
    assert.match(status.waitingFor.command, /--name resume/);
    assert.equal(world.writers, 'green');
  });

  test('rolls back during settle: blue is open again with its own configs, green keeps its records', async () => {
    const { world, trace } = await deploy([
      approveFlip,
      { at: hours + 20_000, update: 'rollback', input: { by: 'ada' } },
    ]);
    const report = reportOf(trace);
    assert.equal(report.outcome, 'rolled-back');
    assert.deepEqual(report.stranded, { orders: '7' });
    assert.deepEqual([report.wayBack?.by, report.wayBack?.phase], ['ada', 'settle']);
    assert.match(report.ending ?? '', /^A rollback was asked for by ada in settle\. The traffic went back/);
    assert.deepEqual(
      [world.writers, world.blueFenced, world.greenStack, world.signpost],
      ['blue', false, true, 'steady'],
    );
  });

  const total = { request: { order: 'total' } } as const;

  test('with order total writers hold from the flip until blue is frozen, and the report says how long', async () => {
    const { world, trace } = await deploy([approveFlip, approveDeletion], undefined, total);
    const { outcome, order, stall } = reportOf(trace);
    assert.deepEqual([outcome, order, world.contradictions()], ['deployed', 'total', []]);
    assert.deepEqual(
      trace.activities.slice(trace.activities.indexOf('keepRecords') + 1, trace.activities.indexOf('drainFirstGroup')),
      ['flipToHold', 'awaitFlipSeen', 'settleHeld', 'freeze', 'openGreen', 'awaitFlipSeen'],
    );
    const { insyncAt } = world.doubles().flipToHold(undefined as never, { attempt: 1, cancelled: () => false }) as {
      insyncAt: string;
    };
    assert.deepEqual(stall, { heldAt: insyncAt, openedAt: insyncAt });
  });

  test('with order total only the TTL of the signpost is waited out while writers hold, however long clients cache addresses', async () => {
    const settings = { ttl: '5s', settle: { clientCache: '1h' } };
    const { trace } = await deploy([approveFlip, approveDeletion], undefined, {
      request: { ...total.request, ...settings },
    });
    const [settle] = reportOf(trace).phases.filter(p => p.phase === 'settle');
    const tookMs = Date.parse(settle?.endedAt ?? '') - Date.parse(settle?.startedAt ?? '');
    assert.ok(tookMs >= 5_000 && tookMs < 10_000, `${tookMs} ms`);
  });

  test('with order total goes on from a hold whose answer was lost for good', async () => {
    const { world, trace } = await deploy(
      [approveFlip, approveDeletion],
      w => ({
        flipToHold: () => {
          w.writers = 'hold';
          throw ApplicationFailure.nonRetryable('answer lost');
        },
      }),
      total,
    );
    assert.deepEqual([reportOf(trace).outcome, world.contradictions()], ['deployed', []]);
  });

  test('with order total a rollback that ends the opening of green looks first where writers are: it may have happened', async () => {
    const { world, trace } = await deploy(
      [approveFlip, { at: 3 * hours, update: 'rollback', input: { by: 'ada' } }],
      () => ({}),
      { ...total, activityMs: name => (name === 'openGreen' ? 20 * hours : 1_000), doneThoughCancelled: ['openGreen'] },
    );
    assert.equal(reportOf(trace).outcome, 'rolled-back');
    assert.deepEqual(trace.activities.slice(-6), [
      'openGreen',
      'locateTraffic',
      'holdWrites',
      'freezeGreen',
      'reopenBlue',
      'returnRecord',
    ]);
    assert.deepEqual([world.writers, world.blueFenced, world.contradictions()], ['blue', false, []]);
  });

  test('refuses a rollback after the first release with a sentence', async () => {
    const { trace } = await deploy([
      approveFlip,
      { at: 8 * hours, update: 'rollback', input: { by: 'ada' } },
      approveDeletion,
    ]);
    assert.equal(reportOf(trace).outcome, 'deployed');
    assert.match(
      trace.updates.find(u => u.name === 'rollback')?.answer ?? '',
      /refused: The first group was already released/,
    );
  });

  test('ends cancelled after putting everything back when it is cancelled before the flip', async () => {
    const { world, trace } = await deploy([{ at: 3_500, cancel: true }]);
    assert.equal(trace.ending.kind, 'cancelled');
    assert.deepEqual([world.greenStack, world.writers], [false, 'blue']);
    const { outcome, wayBack, ending } = (await trace.query('report')) as Report;
    assert.deepEqual([outcome, wayBack?.as, wayBack?.phase], ['cancelled', 'cancel', 'provision']);
    assert.match(ending ?? '', /^The workflow was cancelled in provision\. Everything was undone/);
  });

  test('shows a cancellation that comes too late, and never deletes blue behind it before somebody resumes', async () => {
    const cancel: Event = { at: 9 * hours, cancel: true };
    const { world, trace } = await deploy([approveFlip, cancel, approveDeletion]);
    assert.deepEqual([trace.ending.kind, world.blueStack], ['waiting', true]);
    const status = (await trace.query('status')) as Status;
    assert.match(
      status.waitingFor?.kind === 'hold' ? status.waitingFor.reason : '',
      /was cancelled, and cannot go back/,
    );
    assert.match(status.ignored.last[0]?.why ?? '', /first group was already released/);

    const resumed = await deploy([approveFlip, cancel, approveDeletion, resumeLater]);
    assert.equal(reportOf(resumed.trace).outcome, 'deployed');
    assert.equal(resumed.trace.activities.filter(name => name === 'proveBlueDrained').length, 2, 'proved again');
  });

  test('proves blue drained again before each try to stop it: a hold before may have lasted for days', async () => {
    const { trace } = await deploy([approveFlip, approveDeletion, resumeLater], w => ({
      stopBlue: failing(w.doubles().stopBlue, 1, 'Stack kafka-orders-a has termination protection.'),
    }));
    assert.equal(reportOf(trace).outcome, 'deployed');
    assert.deepEqual(trace.activities.slice(trace.activities.indexOf('proveBlueDrained'), -2), [
      'proveBlueDrained',
      'stopBlue',
      'proveBlueDrained',
      'stopBlue',
      'deleteBlue',
    ]);
  });

  test('holds before blue is deleted when its deletion is rejected while it is kept stopped, and deletes it on resume', async () => {
    const reject: Event = { at: 12 * hours, update: 'reject', input: { by: 'linus', gate: 'decommission' } };
    const kept = await deploy([approveFlip, approveDeletion, reject]);
    assert.deepEqual([kept.trace.ending.kind, kept.world.blueStack], ['waiting', true]);
    assert.deepEqual(kept.trace.updates.at(-1), {
      name: 'reject',
      answer: 'decommission rejected by linus: the run holds before blue is deleted',
    });
    const { waitingFor } = (await kept.trace.query('status')) as Status;
    assert.match(
      waitingFor?.kind === 'hold' ? waitingFor.reason : '',
      /^The deletion of blue was rejected by linus after its approval\. Blue is stopped.*resume deletes it.*aws ec2 start-instances/,
    );

    const resume: Event = { at: 40 * hours, update: 'resume', input: { by: 'ada' } };
    const resumed = await deploy([approveFlip, approveDeletion, reject, resume]);
    assert.deepEqual([reportOf(resumed.trace).outcome, resumed.world.blueStack], ['deployed', false]);

    const takenBack = await deploy([approveFlip, approveDeletion, reject, { ...resume, at: 13 * hours }]);
    assert.equal(takenBack.trace.updates.at(-1)?.answer, 'rejection taken back by ada');
    assert.equal(reportOf(takenBack.trace).outcome, 'deployed');
  });

  test('proves blue drained again after a rejection that arrives before it is stopped', async () => {
    const reject: Event = { at: 10 * hours + 500, update: 'reject', input: { by: 'linus', gate: 'decommission' } };
    const { trace } = await deploy([approveFlip, approveDeletion, reject, resumeLater]);
    assert.equal(reportOf(trace).outcome, 'deployed');
    assert.deepEqual(trace.activities.slice(trace.activities.indexOf('proveBlueDrained'), -3), [
      'proveBlueDrained',
      'proveBlueDrained',
      'stopBlue',
    ]);
  });

  test('ends on green without a blue that somebody deleted, once a waiver answers for what it had', async () => {
    const waive = { by: 'grace', reason: 'deleted by mistake, its groups had read it', topic: '*' };
    const { world, trace } = await deploy(
      [approveFlip, approveDeletion, { at: 12 * hours, update: 'waive', input: waive }],
      () => ({
        proveBlueDrained: (input: StepInput) => {
          if (input.waivers.length > 0) return { detail: 'given up by grace', evidence, blue: 'gone' };
          throw ApplicationFailure.nonRetryable('Stack kafka-orders-a is DELETE_COMPLETE.', 'StackGone');
        },
      }),
    );
    const report = reportOf(trace);
    assert.deepEqual([report.outcome, world.signpost, trace.elapsedMs < 13 * hours], ['deployed', 'steady', true]);
    assert.match(report.phases.at(-1)?.detail ?? '', /^given up by grace; /);
    assert.deepEqual(
      report.waivers.map(({ name, by }) => [name, by]),
      [['*', 'grace']],
    );
  });

  test('starts a step again with the waiver that arrives while it runs', async () => {
    const waive: Event = {
      at: hours + 120_000,
      update: 'waive',
      input: { by: 'ada', reason: 'old', group: 'reports' },
    };
    const seen: number[] = [];
    const { trace } = await deploy(
      [approveFlip, waive, approveDeletion],
      w => ({
        drainFirstGroup: (input: StepInput, call) => {
          seen.push(input.waivers.length);
          return w.doubles().drainFirstGroup(input as never, call);
        },
      }),
      { activityMs: name => (name === 'drainFirstGroup' ? hours : 1_000) },
    );
    assert.deepEqual([reportOf(trace).outcome, reportOf(trace).waivers.length], ['deployed', 1]);
    assert.deepEqual(seen, [1]);
    assert.equal(trace.activities.filter(name => name === 'drainFirstGroup').length, 2);
  });

  test('starts the end of the bake again with the waiver of a group that never comes to green', async () => {
    const waive: Event = { at: 4 * hours, update: 'waive', input: { by: 'ada', reason: 'gone', group: 'reports' } };
    const seen: number[] = [];
    const { trace } = await deploy(
      [approveFlip, waive, approveDeletion],
      w => ({
        putKeepBackOnGreen: (input: StepInput, call) => {
          seen.push(input.waivers.length);
          return w.doubles().putKeepBackOnGreen(input as never, call);
        },
      }),
      { activityMs: name => (name === 'putKeepBackOnGreen' ? 3 * hours : 1_000) },
    );
    assert.equal(reportOf(trace).outcome, 'deployed');
    assert.deepEqual(seen, [1]);
    assert.equal(trace.activities.filter(name => name === 'putKeepBackOnGreen').length, 2);
  });

  test('ends the hold of a step with the waiver of what it waits for, and starts it again', async () => {
    const waive: Event = { at: 5 * hours, update: 'waive', input: { by: 'ada', reason: 'old', group: 'reports' } };
    const { trace } = await deploy([approveFlip, waive, approveDeletion], w => ({
      releaseGroups: (input: StepInput, call) => {
        if (input.waivers.length === 0) throw ApplicationFailure.nonRetryable('reports lags', 'DrainDeadline');
        return w.doubles().releaseGroups(input as never, call);
      },
    }));
    assert.equal(reportOf(trace).outcome, 'deployed');
    assert.equal(trace.activities.filter(name => name === 'releaseGroups').length, 2);
  });

  test('does not end a hold that a waiver cannot mend', async () => {
    const waive: Event = { at: 5 * hours, update: 'waive', input: { by: 'ada', reason: 'old', group: 'reports' } };
    const { trace } = await deploy([approveFlip, waive], w => ({
      moveReaders: failing(w.doubles().moveReaders, 1, 'The record was changed by somebody else.'),
    }));
    assert.equal(trace.ending.kind, 'waiting');
    assert.equal(trace.activities.filter(name => name === 'moveReaders').length, 1);
  });

  test('never takes an interrupted drain for a finished one', async () => {
    const { trace } = await deploy([approveFlip, approveDeletion], w => ({
      releaseGroups: (input, call) => ({
        ...(w.doubles().releaseGroups(input, call) as object),
        kind: call.attempt === 1 ? 'interrupted' : 'done',
      }),
    }));
    assert.equal(reportOf(trace).outcome, 'deployed');
    assert.equal(trace.activities.filter(name => name === 'releaseGroups').length, 2);
  });

  test('refuses a request that cannot be read with every problem at once, before anything happens', async () => {
    const trace = await sandbox.run({
      workflowType: 'BlueGreenWorkflow',
      workflowId,
      input: { ...minimalRequest, ttl: 'soon', recrd: 'x' },
      activities: {},
    });
    assert.ok(trace.ending.kind === 'failed' && trace.ending.type === 'InvalidInput');
    assert.match(trace.ending.message, /ttl: .*duration/);
    assert.match(trace.ending.message, /recrd: .*Did you mean record\?/);
    assert.deepEqual(trace.activities, []);
  });

  test('refuses to run under another id than the one of its cluster', async () => {
    const trace = await sandbox.run({
      workflowType: 'BlueGreenWorkflow',
      workflowId: 'mine',
      input: minimalRequest,
      activities: {},
    });
    assert.ok(trace.ending.kind === 'failed' && /kafka-bluegreen-orders/.test(trace.ending.message));
  });

  test('records malformed and misspelt signals as ignored and goes on', async () => {
    const { trace } = await deploy([
      { at: 2_000, signal: 'aprove', input: { by: 'x' } },
      { at: 2_500, signal: 'approve', input: 'yes' },
      approveFlip,
      approveDeletion,
    ]);
    assert.equal(reportOf(trace).outcome, 'deployed');
    const status = (await trace.query('status')) as Status;
    assert.equal(status.ignored.count, 2);
  });
});
