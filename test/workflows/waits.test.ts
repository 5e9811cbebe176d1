/** Waits that no record may be spared: for caches that still hold what was, and for history that must be kept. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { minimalRequest, plan, World, workflowId } from './doubles.ts';
import { type Double, type Event, Sandbox } from './sandbox.ts';

const hourMs = 3_600_000;
const startMs = Date.parse('2026-01-01T00:00:00Z');
const approveFlip: Event = { at: 1, update: 'approve', input: { by: 'grace' } };
const approvals: readonly Event[] = [
  ...Array.from({ length: 60 }, (_, i): Event => ({ ...approveFlip, at: (i + 1) * 1_000 })),
  ...Array.from(
    { length: 60 },
    (_, i): Event => ({
      at: (i + 1) * hourMs,
      signal: 'approve',
      input: { by: 'grace', gate: 'decommission' },
    }),
  ),
];

describe('BlueGreenWorkflow waits', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await Sandbox.create();
  });
  after(() => sandbox.destroy());

  /** When each step was begun, in milliseconds from the start; a step takes a second. */
  async function begun(request: object, change: (world: World) => Readonly<Record<string, Double>> = () => ({})) {
    const world = new World();
    const at = new Map<string, number>();
    const trace = await sandbox.run({
      workflowType: 'BlueGreenWorkflow',
      workflowId,
      input: { ...minimalRequest, bake: '1m', ...request },
      activities: { ...world.doubles(), ...change(world) },
      events: approvals,
      activityMs: (name, sinceStartMs) => {
        if (!at.has(name)) at.set(name, sinceStartMs);
        return 1_000;
      },
    });
    assert.equal(trace.ending.kind, 'completed', JSON.stringify(trace.ending));
    return (name: string) => at.get(name) ?? assert.fail(`${name} was not begun`);
  }

  test('with the flip until no cache can hold the old TTL, or that there is no signpost', async () => {
    const agedAt = new Date(startMs + 2 * hourMs).toISOString();
    const at = await begun({}, world => ({
      announceDeployment: (input, call) => ({ ...(world.doubles().announceDeployment(input, call) as object), agedAt }),
    }));
    assert.ok(at('confirmBeforeFlip') >= 2 * hourMs, 'and what the flip rests on is looked at after that');
    assert.ok(at('flipRecord') > at('confirmBeforeFlip'));
  });

  for (const [what, request] of [
    ['the client keeps it long', { ttl: '5s', settle: { clientCache: '10m' } }],
    ['the resolver keeps it long', { ttl: '10m', settle: { clientCache: '5s' } }],
  ] as const)
    test(`with settle until a client has forgotten what a resolver told it in the last second of its TTL: ${what}`, async () => {
      const at = await begun(request);
      const waitedMs = at('settle') - at('awaitFlipSeen');
      assert.ok(waitedMs >= 10 * 60_000 + 5_000, String(waitedMs));
    });

  test('with the end of bake until the retention of history that must be kept has passed since the flip', async () => {
    const at = await begun({}, world => ({
      inspect: (input, call) => ({
        ...(world.doubles().inspect(input, call) as object),
        plan: { ...plan, historyKeptMs: 10 * hourMs },
      }),
    }));
    assert.ok(at('putKeepBackOnGreen') - at('flipRecord') >= 10 * hourMs);
  });
});
