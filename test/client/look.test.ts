import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionDescription,
  WorkflowFailedError,
} from '@temporalio/client';
import { CommandError } from '../../client/command-error.ts';
import { type Look, look } from '../../client/look.ts';
import { ExitCode } from '../../contract/exit-codes.ts';

const away = new CommandError(ExitCode.Unreachable, 'No worker answers.');
const session = {
  call: <T>(_cluster: string, work: () => Promise<T>) => work(),
  explained: <T>(_cluster: string, work: () => Promise<T>) => work(),
  noWorker: () => away,
};

/** What Temporal shows of it, look by look; the last for ever. */
type Shown = Readonly<{ events: number; step?: object }>;

class FakeLook implements Look<number> {
  terminated = false;
  readonly said: string[] = [];
  readonly #result: Promise<number>;
  readonly #shown: readonly Shown[];
  #at = 0;

  constructor(result: Promise<number>, shown: readonly Shown[] = [{ events: 2 }]) {
    this.#result = result;
    this.#shown = shown;
  }

  result(): Promise<number> {
    return this.#result;
  }

  async describe(): Promise<WorkflowExecutionDescription> {
    const shown = this.#shown[Math.min(this.#at, this.#shown.length - 1)];
    this.#at += 1;
    const pendingActivities = shown?.step === undefined ? [] : [{ activityType: { name: 'examine' }, ...shown.step }];
    const seen = { status: { name: 'RUNNING' }, historyLength: shown?.events, raw: { pendingActivities } };
    return seen as unknown as WorkflowExecutionDescription;
  }

  async terminate(): Promise<void> {
    this.terminated = true;
  }

  /** Five seconds pass whenever the clock is read. */
  made(): Promise<number> {
    let seconds = 0;
    const now = () => {
      seconds += 5;
      return seconds * 1_000;
    };
    const o = { cluster: 'orders', what: 'The plan of orders', say: (line: string) => this.said.push(line) };
    return look(session, async () => this, { ...o, everyMs: 1, now });
  }
}

const never = new Promise<number>(() => {});
const ends = (exitCode: ExitCode, message: RegExp) => (error: unknown) =>
  error instanceof CommandError && error.exitCode === exitCode && message.test(error.message);

describe('look()', () => {
  test('answers with what the workflow found', async () => {
    assert.equal(await new FakeLook(Promise.resolve(7)).made(), 7);
  });

  test('refuses a second one of the same cluster while the first is made', async () => {
    const error = new WorkflowExecutionAlreadyStartedError('there', 'kafka-bluegreen-plan-orders', 'PlanWorkflow');
    const second = look(session, () => Promise.reject(error), {
      cluster: 'orders',
      what: 'The plan of orders',
      say: () => {},
    });
    await assert.rejects(second, ends(ExitCode.Refused, /^The plan of orders is being made already\. Wait/));
  });

  test('says why one could not be made', async () => {
    const error = new WorkflowFailedError('failed', new Error('terminated by ada'), 'NON_RETRYABLE_FAILURE');
    await assert.rejects(
      new FakeLook(Promise.reject(error)).made(),
      ends(ExitCode.Failed, /could not be made: terminated by ada\. .*ask again/),
    );
  });

  test('ends one that no worker takes, although one polled a minute ago, and says so', async () => {
    const untaken = new FakeLook(never);
    await assert.rejects(untaken.made(), away);
    assert.ok(untaken.terminated);
  });

  test('ends one whose worker died and whose next try no worker takes', async () => {
    const worked = { events: 5, step: { state: 2 } };
    const died = new FakeLook(never, [worked, worked, { events: 5, step: { state: 1, attempt: 2 } }]);
    await assert.rejects(died.made(), away);
  });

  test('waits as long as a worker works, or will try again, and says once what it looks at', async () => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const shown: Shown[] = [
      ...Array.from({ length: 20 }, () => ({ events: 5, step: { state: 2 } })),
      ...Array.from({ length: 20 }, () => ({ events: 5, step: { state: 1, attempt: 2, nextAttemptScheduleTime: {} } })),
    ];
    const working = new FakeLook(promise, shown);
    const made = working.made();
    const shows = working.describe.bind(working);
    let looks = 0;
    working.describe = () => {
      looks += 1;
      if (looks === 40) resolve(7);
      return shows();
    };
    assert.equal(await made, 7);
    assert.ok(!working.terminated);
    assert.deepEqual(working.said, ['now: examine', 'now: examine, try 2']);
  });
});
