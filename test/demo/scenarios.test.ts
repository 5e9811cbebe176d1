import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Message } from '../../contract/messages.ts';
import { parseRequest } from '../../contract/request.ts';
import { commandOf } from '../../demo/deployment.ts';
import { neededFor } from '../../demo/request.ts';
import { carelessOwners } from '../../demo/scenarios/careless-owners.ts';
import type { Scene } from '../../demo/scenarios/scenario.ts';
import { SCENARIOS } from '../../demo/scenarios/scenarios.ts';
import { CLIENT_KINDS } from '../../demo/traffic/client-kind.ts';
import { statusAt, statusHeld, statusIn } from './status.ts';

interface Done {
  readonly scene: Scene;
  /** What was done, in order, in a word or two each. */
  readonly deeds: string[];
  readonly said: string[];
  /** What the logs hold, by cluster. */
  readonly held: { blue: number; green: number };
}

function scene(): Done {
  const deeds: string[] = [];
  const said: string[] = [];
  const held = { blue: 50_000, green: 0 };
  const does =
    (what: string) =>
    async (whom: string): Promise<void> =>
      void deeds.push(`${what} ${whom}`);
  return {
    deeds,
    said,
    held,
    scene: {
      say: line => said.push(line),
      send: async (message: Message) =>
        void deeds.push('gate' in message ? `${message.name} ${message.gate}` : message.name),
      fleet: { restart: does('restart'), stopGroup: does('stop'), startGroup: does('start') },
      journal: { heldBy: cluster => ({ orders: cluster === 'blue' ? held.blue : held.green }) },
      lookBeforeDeletion: async () => void deeds.push('look'),
    },
  };
}

describe('every scenario', () => {
  test('asks for a deployment that the workflow accepts, with every kind of clients', () => {
    for (const { request } of Object.values(SCENARIOS))
      for (const clients of CLIENT_KINDS)
        assert.equal(parseRequest({ ...request, ...neededFor(clients) }).kind, 'request');
  });
});

describe('forward', () => {
  test('approves each gate once, and looks before the deletion; bake ends by itself', async () => {
    const { scene: given, deeds, held } = scene();
    held.green = 50_000;
    const play = SCENARIOS.forward.begin(given);
    for (const gate of ['flip', 'flip', 'bake', 'decommission', 'decommission'] as const) await play(statusAt(gate));
    assert.deepEqual(deeds, ['approve flip', 'look', 'approve decommission']);
  });

  test('decides nothing about a cluster that holds too little to judge', async () => {
    const { scene: given, deeds, held } = scene();
    held.blue = 3;
    const play = SCENARIOS.forward.begin(given);
    for (const gate of ['flip', 'decommission'] as const) await play(statusAt(gate));
    assert.deepEqual(deeds, []);
  });
});

describe('reject', () => {
  test('rejects the flip once, and nothing before it waits', async () => {
    const { scene: given, deeds } = scene();
    const play = SCENARIOS.reject.begin(given);
    for (const status of [statusIn('smoke'), statusAt('flip'), statusAt('flip')]) await play(status);
    assert.deepEqual(deeds, ['reject flip']);
  });
});

describe('rollback-before-flip', () => {
  test('asks as soon as green stands, in the middle of a step, and once', async () => {
    const { scene: given, deeds } = scene();
    const play = SCENARIOS['rollback-before-flip'].begin(given);
    await play(statusIn('provision'));
    assert.deepEqual(deeds, []);
    for (const status of [statusIn('parity'), statusIn('smoke')]) await play(status);
    assert.deepEqual(deeds, ['rollback']);
  });
});

describe('rollback-after-flip', () => {
  test('waits until green was written', async () => {
    const { scene: given, deeds, held } = scene();
    const play = SCENARIOS['rollback-after-flip'].begin(given);
    await play(statusAt('flip'));
    await play(statusIn('flip'));
    await play(statusIn('settle'));
    assert.deepEqual(deeds, ['approve flip']);
    held.green = 5_000;
    await play(statusIn('settle'));
    await play(statusIn('settle'));
    assert.deepEqual(deeds, ['approve flip', 'rollback']);
  });

  test('waits no longer once blue is being fenced', async () => {
    const { scene: given, deeds } = scene();
    await SCENARIOS['rollback-after-flip'].begin(given)(statusIn('freeze'));
    assert.deepEqual(deeds, ['rollback']);
  });
});

describe('drain-blocked', () => {
  test('stops the group after the flip, and starts it and resumes when the run holds for it', async () => {
    const { scene: given, deeds, said } = scene();
    const play = SCENARIOS['drain-blocked'].begin(given);
    for (const status of [statusAt('flip'), statusIn('settle'), statusIn('drain')]) await play(status);
    assert.deepEqual(deeds, ['approve flip', 'stop archive']);
    const held = statusHeld('release', 'Not every group had read blue: archive: 700 offsets left.');
    await play(held);
    await play(held);
    assert.deepEqual(deeds.slice(2), ['start archive', 'resume']);
    assert.ok(said.some(line => line.includes('archive: 700 offsets left.')));
    assert.ok(said.some(line => line.includes('resume it')));
  });

  test('resumes again where the group needs longer, without another start', async () => {
    const { scene: given, deeds } = scene();
    const play = SCENARIOS['drain-blocked'].begin(given);
    for (const minute of [1, 2])
      await play(statusHeld('release', 'archive: 9 offsets left', `2026-11-21T10:0${minute}:00.000Z`));
    assert.deepEqual(deeds.slice(1), ['start archive', 'resume', 'resume']);
  });
});

describe('owners of plain applications', () => {
  test('restart writers and readers when the run says so, each once', async () => {
    const { scene: given, deeds, said } = scene();
    const play = carelessOwners(given);
    const told = (...attention: string[]) => statusIn('settle', { attention });
    await play(told());
    assert.deepEqual(deeds, []);
    await play(told('Still written on blue: orders (9/s). Restart these producers now.'));
    await play(told('Still written on blue: orders (1/s). Restart these producers now.'));
    await play(told('Restart now: billing. Their records on blue are read; they still run there.'));
    await play(told('Restart now: billing. Their records on blue are read; they still run there.'));
    assert.deepEqual(deeds, ['restart writers', 'restart readers']);
    assert.ok(said.some(line => line.includes('orders (9/s)')));
  });
});

test('a message is shown as the command that a person would type', () => {
  assert.equal(
    commandOf({ name: 'reject', by: 'grace', gate: 'flip', reason: "it's Friday" }),
    'temporal workflow update execute --workflow-id kafka-bluegreen-orders --name reject' +
      ` --input '{"by":"grace","gate":"flip","reason":"it'\\''s Friday"}'`,
  );
});
