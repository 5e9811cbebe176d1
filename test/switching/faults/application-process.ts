/** The test's end of an application that may be killed at any moment. */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { BlueGreenProducerOptions } from '../../../switching/src/producer.ts';
import { eventually } from '../eventually.ts';
import type { RecordName } from '../judge.ts';

const PROGRAM = join(import.meta.dirname, 'application.ts');
const WITHIN_MS = 60_000;

export interface ApplicationTask {
  readonly options: Omit<BlueGreenProducerOptions, 'logger'>;
  readonly topic: string;
  readonly keys: number;
  readonly instance: string;
}

export type FromApplication =
  | { readonly kind: 'acknowledged'; readonly name: RecordName; readonly atMs: number }
  | { readonly kind: 'switching' | 'switched'; readonly to: string }
  | { readonly kind: 'stopped'; readonly failures: readonly string[] };

export class ApplicationProcess {
  readonly #child: ChildProcess;
  readonly #told: FromApplication[] = [];
  readonly acknowledged = new Map<RecordName, number>();
  #closed = false;

  constructor(task: ApplicationTask) {
    this.#child = fork(PROGRAM, [JSON.stringify(task)], { stdio: 'inherit' });
    this.#child.once('close', () => {
      this.#closed = true;
    });
    this.#child.on('message', message => this.#hear(message as FromApplication));
  }

  /** Returns when it told this so many times. */
  async tells(kind: FromApplication['kind'], times = 1): Promise<void> {
    await eventually(
      `the application tells of ${kind}`,
      () => {
        const told = this.#told.filter(one => one.kind === kind).length >= times;
        assert.ok(told || !this.#closed, `it ended with ${this.#child.exitCode} before it told of ${kind}`);
        return told;
      },
      WITHIN_MS,
    );
  }

  async flows(records: number): Promise<void> {
    const goal = this.acknowledged.size + records;
    await eventually(`${records} more records are stored`, () => this.acknowledged.size >= goal, WITHIN_MS);
  }

  /** As the kernel ends a process. What it had told before is heard. */
  async kill(): Promise<void> {
    const closed = once(this.#child, 'close');
    if (this.#child.kill('SIGKILL')) await closed;
  }

  /** In order: every record stored or failed. Answers why some failed. */
  async stop(): Promise<readonly string[]> {
    this.#child.send('stop');
    await this.tells('stopped');
    const stopped = this.#told.find(one => one.kind === 'stopped');
    return stopped?.failures ?? [];
  }

  #hear(message: FromApplication): void {
    if (message.kind === 'acknowledged') this.acknowledged.set(message.name, message.atMs);
    else this.#told.push(message);
  }
}
