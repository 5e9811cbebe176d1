import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CommandError } from '../../client/command-error.ts';
import { Patience } from '../../client/patience.ts';
import { ExitCode } from '../../contract/exit-codes.ts';

const silence = new CommandError(ExitCode.Unreachable, 'No worker answers.');
const unanswered = () => Promise.reject(silence);

describe('Patience', () => {
  test('looks on while nobody answers, says so once, and says when somebody does again', async () => {
    const said: string[] = [];
    const patience = new Patience({ longestMs: 100, say: line => said.push(line), now: () => 0 });
    assert.equal(await patience.attempt(unanswered), null);
    assert.equal(await patience.attempt(unanswered), null);
    assert.equal(await patience.attempt(async () => 7), 7);
    assert.deepEqual(said, ['no answer, looking on: No worker answers.', 'an answer again']);
  });

  test('gives up with the reason after the longest silence, counted anew after each answer', async () => {
    let at = 0;
    const patience = new Patience({ longestMs: 100, say: () => {}, now: () => at });
    await patience.attempt(unanswered);
    at = 99;
    await patience.attempt(async () => 1);
    at = 150;
    assert.equal(await patience.attempt(unanswered), null);
    at = 250;
    await assert.rejects(patience.attempt(unanswered), silence);
  });

  test('lets every other failure through at once', async () => {
    const patience = new Patience({ longestMs: 100, say: () => {} });
    const refused = new CommandError(ExitCode.Refused, 'There is no deployment.');
    await assert.rejects(
      patience.attempt(() => Promise.reject(refused)),
      refused,
    );
  });
});
