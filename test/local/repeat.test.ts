import assert from 'node:assert/strict';
import { test } from 'node:test';
import { repeat } from '../../local/repeat.ts';
import { until } from '../../local/until.ts';

const WITHIN = { withinMs: 5_000, everyMs: 1 };

test('work goes on after a failed round, and the same failure is told once', async () => {
  let rounds = 0;
  const told: string[] = [];
  const work = async () => {
    rounds += 1;
    if (rounds <= 3) throw new Error('down');
    if (rounds === 5) throw new Error('down');
  };
  const repetition = repeat(0, work, trouble => told.push(trouble));
  await until('Six rounds', () => rounds >= 6, WITHIN);
  await repetition.stop();
  assert.deepEqual(told, ['down', 'down']);
});

test('stopping waits for the round that runs, and no other follows', async () => {
  let state = 'idle';
  let finish = () => {};
  const repetition = repeat(
    0,
    async () => {
      state = 'running';
      await new Promise<void>(resolve => {
        finish = resolve;
      });
      state = 'done';
    },
    () => {},
  );
  await until('A round runs', () => state === 'running', WITHIN);
  const stopped = repetition.stop();
  finish();
  await stopped;
  assert.equal(state, 'done');
});
