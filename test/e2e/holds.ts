/** A run that holds, met as an operator meets it: the same sentence and a command that works, wherever one looks. */
import assert from 'node:assert/strict';
import type { LocalStack } from '../../local/stack.ts';
import { kafkaBluegreen } from './command.ts';
import { type Operator, request, WORKFLOW_ID } from './deployment.ts';
import { runs } from './shell.ts';

const COMMAND = `temporal workflow update execute --workflow-id ${WORKFLOW_ID} --name resume`;
/** As the command's documentation says it. */
const EXIT_CODE_OF_A_HOLD = 5;

export class Holds {
  readonly #operator: Operator;
  readonly #local: LocalStack;
  #since = '';
  #met = 0;

  constructor(operator: Operator, local: LocalStack) {
    this.#operator = operator;
    this.#local = local;
  }

  /** How many holds were met. */
  get met(): number {
    return this.#met;
  }

  /** Waits for the next hold; answers with its sentence, which Web UI and command show whole, with what to send to end it. */
  async next(): Promise<string> {
    const { waitingFor } = await this.#operator.until(
      'the run holds',
      s => s.waitingFor?.kind === 'hold' && s.waitingFor.since !== this.#since,
    );
    assert.ok(waitingFor?.kind === 'hold');
    this.#since = waitingFor.since;
    this.#met += 1;
    const details = (await this.#operator.currentDetails()).replace(/\\(\W|_)/g, '$1');
    assert.ok(details.includes(waitingFor.reason), `the Web UI shows the whole sentence: ${waitingFor.reason}`);
    assert.ok(waitingFor.command.startsWith(COMMAND), waitingFor.command);
    assert.ok(details.includes(waitingFor.command), 'the Web UI shows the command');
    const { code, out } = await kafkaBluegreen(this.#local, 'status', request.cluster);
    assert.equal(code, EXIT_CODE_OF_A_HOLD, out);
    assert.ok(out.includes(waitingFor.reason), `the command shows the whole sentence: ${waitingFor.reason}\n${out}`);
    assert.match(out, new RegExp(`Nothing changes until:\n  kafka-bluegreen resume ${request.cluster}\\b`));
    return waitingFor.reason;
  }

  /** Waits for a hold that says this; one for which a group's lag took longer than its deadline may come before. */
  async nextLike(sentence: RegExp): Promise<string> {
    for (;;) {
      const reason = await this.next();
      if (sentence.test(reason)) return reason;
      assert.match(reason, /^Not every group had read blue/, `expected a hold like ${sentence}, met: ${reason}`);
      await this.resume();
    }
  }

  async resume(): Promise<void> {
    await this.#operator.tell('resume', { reason: 'mended' });
  }

  /** Resumes by the command that is shown, in a shell; only the name is filled in. */
  async resumeAsShown(): Promise<void> {
    const { waitingFor } = await this.#operator.status();
    assert.ok(waitingFor?.kind === 'hold');
    const said = await runs(this.#local, waitingFor.command.replace('YOU', 'grace'));
    assert.match(said, /hold ended by grace/);
  }
}
