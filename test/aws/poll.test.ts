import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Look, lookPastLag, pollUntil } from '../../aws/poll.ts';

function looks(...results: (Look<string> | Error)[]): () => Promise<Look<string>> {
  return async () => {
    const next = results.length > 1 ? results.shift() : results[0];
    if (next === undefined || next instanceof Error) throw next;
    return next;
  };
}
const waiting: Look<string> = { kind: 'waiting', waitingFor: 'the thing is PENDING.' };
const done: Look<string> = { kind: 'done', value: 'there' };
const throttled = Object.assign(new Error('Rate exceeded'), { name: 'Throttling' });

test('A wait looks again until it is done, and waits out what may pass', async () => {
  const seen: string[] = [];
  const progress = (p: { waitingFor: string }) => seen.push(p.waitingFor);
  assert.equal(await pollUntil(looks(waiting, throttled, done), { everyMs: 5, progress }), 'there');
  assert.equal(seen[0], 'the thing is PENDING.');
  assert.match(seen[1] ?? '', /Throttling/);
});

test('A wait ends with an error that will not pass', async () => {
  const refused = Object.assign(new Error('no such change'), { name: 'NoSuchChange' });
  await assert.rejects(() => pollUntil(looks(waiting, refused), { everyMs: 5 }), refused);
});

test('A wait past its deadline says what it still waited for', async () => {
  await assert.rejects(() => pollUntil(looks(waiting), { everyMs: 5, deadlineMs: 20 }), {
    name: 'NotYet',
    message: /the thing is PENDING\./,
  });
});

test('An aborted wait ends during its pause with the reason of the abort', async () => {
  const controller = new AbortController();
  const wait = pollUntil(looks(waiting), {
    everyMs: 5_000,
    signal: controller.signal,
    progress: () => controller.abort(new Error('cancelled by the workflow')),
  });
  await assert.rejects(() => wait, /cancelled by the workflow/);
});

test('A look that is behind is repeated until it is not, or until nothing can be behind any more', async () => {
  const answers = ['old', 'old', 'new'];
  const look = async () => answers.shift() ?? 'new';
  const behind = (seen: string) => seen === 'old';
  assert.equal(await lookPastLag(look, behind, { everyMs: 5, lagMs: 5_000 }), 'new');
  assert.equal(await lookPastLag(async () => 'old', behind, { everyMs: 5, lagMs: 20 }), 'old', 'then it is the truth');
});
