import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { messageDescriptions } from '../../contract/messages.ts';
import { GATES } from '../../contract/phases.ts';
import type { Report } from '../../contract/report.ts';
import { guarantee } from '../support/guarantee.ts';
import { type Met, type Moment, meet, moments, reachedMs } from './moments.ts';
import { type Event, Sandbox, type Sent } from './sandbox.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const encoded = (encoding: string, data: string): Sent => ({
  payloads: [{ metadata: { encoding: bytes(encoding) }, data: bytes(data) }],
});
const by = 'ada';

/** What no message of any name can be. */
const malformed: readonly Sent[] = [
  {},
  { input: null },
  { input: 'ada' },
  { input: 7 },
  { input: true },
  { input: [] },
  { input: [{ by }] },
  { input: {} },
  { input: { by: '' } },
  { input: { by: 7 } },
  { input: { by: null } },
  { input: { by: [by] } },
  { input: { by: { name: by } } },
  { input: { by, gate: 'production' } },
  { input: { by, gate: { flip: true } } },
  { input: { by, reason: { text: 'old' }, topic: 'orders' } },
  { input: { by, reason: 'x'.repeat(1_000_000), topic: 'orders' } },
  { input: { by: 'x'.repeat(1_000_000) } },
  { input: { by, force: true } },
  { input: { by, reason: 'old', topic: 'orders', group: 'billing' } },
  { inputs: [{ by }, { by }] },
  { inputs: [by, 'flip'] },
  { input: Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i])) },
  encoded('json/plain', '{"by":"ada", "gate":'),
  encoded('json/plain', `${'['.repeat(10_000)}${']'.repeat(10_000)}`),
  encoded('json/plain', '{"by":"ada","__proto__":{"gate":"flip"}}'),
  encoded('json/protobuf', '{"by":"ada"}'),
  encoded('binary/encrypted', 'ada'),
  encoded('binary/plain', '{"by":"ada"}'),
  encoded('binary/null', ''),
  { payloads: [{ data: bytes('{"by":"ada"}') }] },
  { payloads: [{}] },
];
const names = Object.keys(messageDescriptions);
const everyName = [...names, 'observe'];
const misspelt = [
  'aprove',
  'APPROVE',
  'approve ',
  'roll-back',
  'constructor',
  '__proto__',
  'status',
  '__temporal_x',
  'ö',
];

/** The same rule as in README and DESIGN, said once more and independently: what is open when the message arrives. */
const wellFormed: readonly {
  readonly name: string;
  readonly input: object;
  readonly counts: (m: Moment) => boolean;
}[] = [
  ...GATES.map(gate => ({ name: 'approve', input: { by, gate }, counts: (m: Moment) => m.waits === gate })),
  ...GATES.map(gate => ({
    name: 'reject',
    input: { by, gate },
    counts: (m: Moment) => (m.waits === gate && gate !== 'bake') || (m.canKeepBlue && gate === 'decommission'),
  })),
  { name: 'rollback', input: { by, reason: 'slow' }, counts: m => m.canGoBack },
  { name: 'resume', input: { by }, counts: m => m.waits === 'hold' || m.waits === 'pause' },
  {
    name: 'pause',
    input: { by },
    counts: m =>
      m.waits !== 'hold' &&
      m.waits !== 'pause' &&
      ['preflight', 'provision', 'parity', 'smoke', 'approval', 'flip', 'bake'].includes(m.phase),
  },
  ...['topic', 'group', 'straggler'].map(kind => ({
    name: 'waive',
    input: { by, reason: 'switched off', [kind]: 'orders' },
    counts: (m: Moment) =>
      ['settle', 'freeze', 'drain', 'release'].includes(m.phase) || (kind === 'group' && m.phase === 'bake'),
  })),
];

describe('messages to BlueGreenWorkflow', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await Sandbox.create();
  });
  after(() => sandbox.destroy());

  const runs = new Map<Moment, Promise<Met>>();
  /** The same moment without a message. */
  const untouched = (moment: Moment): Promise<Met> => {
    const run = runs.get(moment) ?? meet(sandbox, moment, []);
    runs.set(moment, run);
    return run;
  };

  /** Both clusters are as an ended run must leave them. */
  function assertSound({ trace, world }: Met, where: string): void {
    assert.notEqual(trace.ending.kind, 'waiting', where);
    assert.deepEqual(world.contradictions(), [], where);
  }

  /** The same steps to the same end and the same status, apart from what was ignored. */
  function assertSameRun(met: Met, other: Met, where: string): void {
    assertSound(met, where);
    assert.deepEqual(met.trace.activities, other.trace.activities, where);
    assert.equal(met.trace.ending.kind, other.trace.ending.kind, where);
    const comparable = ({ status }: Met) => ({ ...status, runId: null, deployment: null, ignored: null });
    assert.deepEqual(comparable(met), comparable(other), where);
  }

  const send = (kind: 'signal' | 'update', name: string, input: object, afterMs: number): Event => {
    const at = reachedMs + afterMs;
    return kind === 'signal' ? { at, signal: name, input } : { at, update: name, input };
  };

  test(
    ...guarantee(
      {
        promise: 'messages',
        fault: 'signals and updates that are misspelt, empty, of wrong types, too long or undecodable',
      },
      'what cannot be read changes nothing, whenever it arrives: a signal is shown as ignored, an update refused with a sentence',
      async () => {
        for (const [turn, moment] of moments.entries()) {
          // Another name for each payload in each moment, so that over all moments every name meets every payload.
          const sent: { name: string; payload: Sent }[] = [
            ...malformed.map((payload, i) => ({
              name: everyName[(turn + i) % everyName.length] ?? 'approve',
              payload,
            })),
            ...misspelt.map(name => ({ name, payload: { input: { by } } })),
          ];
          const events = sent.flatMap(({ name, payload }, i): Event[] => [
            { at: reachedMs + (i % 3), signal: name, ...payload },
            { at: reachedMs + (i % 3), update: name, ...payload },
          ]);
          const plain = await untouched(moment);
          const met = await meet(sandbox, moment, events);
          assertSameRun(met, plain, moment.name);
          assert.equal(met.status.ignored.count - plain.status.ignored.count, sent.length, moment.name);
          assert.equal(met.trace.updates.length, sent.length);
          for (const { name, answer } of met.trace.updates) {
            assert.match(answer, /^refused: .{10,}/, `${moment.name}: ${name}`);
            assert.ok(answer.length < 800, `${moment.name}: ${answer.length} characters`);
          }
        }
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'messages', fault: 'every message in every phase, at every gate, in holds and pauses, twice' },
      'a message counts once, and only where what it asks for is open: else a signal is shown, and an update refused with a sentence',
      async () => {
        for (const moment of moments) {
          const plain = await untouched(moment);
          const closed = wellFormed.filter(message => !message.counts(moment));
          const sent = closed.flatMap(({ name, input }) => [
            send('update', name, input, 0),
            send('signal', name, input, 0),
          ]);
          const met = await meet(sandbox, moment, sent);
          assertSameRun(met, plain, moment.name);
          assert.equal(met.status.ignored.count - plain.status.ignored.count, closed.length, moment.name);
          for (const { name, answer } of met.trace.updates)
            assert.match(answer, /^refused: [^]+\.$/, `${name} ${moment.name}`);

          const open = wellFormed.filter(message => message.counts(moment));
          for (const [turn, { name, input }] of open.entries()) {
            const where = `${name} ${JSON.stringify(input)} ${moment.name}`;
            const kinds = turn % 2 === 0 ? (['update', 'update'] as const) : (['signal', 'update'] as const);
            const judged = await meet(
              sandbox,
              moment,
              kinds.map(kind => send(kind, name, input, turn)),
            );
            assertSound(judged, where);
            const answers = judged.trace.updates.map(u => u.answer);
            if (kinds[0] === 'update') assert.match(answers[0] ?? '', /by ada/, where);
            // Had the first not counted, the second would have.
            assert.match(answers.at(-1) ?? '', /^refused: [^]+\.$/, where);
          }
        }
      },
    ),
  );

  const later = fc.integer({ min: 0, max: 2 * 3_600 }).map(s => s * 1_000);
  const valid = fc.constantFrom(...wellFormed).map(({ name, input }) => ({ name, payload: { input } as Sent }));
  const invalid = fc.record({ name: fc.constantFrom(...names, ...misspelt), payload: fc.constantFrom(...malformed) });
  const arbitrary = fc.record({
    name: fc.constantFrom(...names),
    payload: fc.record({ input: fc.jsonValue({ maxDepth: 2 }) }) as fc.Arbitrary<Sent>,
  });
  const storm = fc.array(
    fc
      .record({
        at: later,
        kind: fc.constantFrom('signal' as const, 'update' as const),
        message: fc.oneof({ weight: 4, arbitrary: valid }, { weight: 1, arbitrary: invalid }, { weight: 1, arbitrary }),
      })
      .map(({ at, kind, message: { name, payload } }): Event => {
        const message = { at: reachedMs + at, ...payload };
        return kind === 'signal' ? { ...message, signal: name } : { ...message, update: name };
      }),
    { minLength: 2, maxLength: 30 },
  );

  test('a signal does what the update of its name does', async () => {
    for (const moment of moments.filter(m => m.waits !== null)) {
      for (const { name, input } of wellFormed.filter(message => message.counts(moment)).slice(0, 2)) {
        const [signalled, updated] = [
          await meet(sandbox, moment, [send('signal', name, input, 0)]),
          await meet(sandbox, moment, [send('update', name, input, 0)]),
        ];
        assertSameRun(signalled, updated, `${name} ${moment.name}`);
        assert.deepEqual(signalled.status.ignored.count, updated.status.ignored.count);
      }
    }
  });

  test(
    ...guarantee(
      { promise: 'messages', fault: 'storms of contradictory and malformed messages' },
      'whatever comes after whatever else, every update is answered, and the run ends with both clusters as they must be (60 storms)',
      () =>
        fc.assert(
          fc.asyncProperty(fc.constantFrom(...moments), storm, async (moment, events) => {
            const met = await meet(sandbox, moment, events);
            assertSound(met, moment.name);
            const { trace, world } = met;
            assert.ok(trace.updates.every(u => u.answer !== 'unanswered' && u.answer !== ''));
            const outcome =
              trace.ending.kind === 'completed' ? (trace.ending.result as Report).outcome : trace.ending.kind;
            assert.equal(world.writers, outcome === 'deployed' ? 'green' : 'blue', moment.name);
            assert.ok(world.flips <= 1);
          }),
          { numRuns: 60 },
        ),
    ),
  );

  test(
    ...guarantee(
      { promise: 'messages', fault: 'a message and the end of what it is about in one moment' },
      'approve and reject, rollback and resume, pause and rollback in the same moment: the first counts, the second is told so',
      async () => {
        const at = (name: string) => moments.find(m => m.name === name) ?? assert.fail(name);
        for (const [where, first, second, why] of [
          ['at the gate of flip', 'approve', 'reject', /Nothing waits for an approval of flip/],
          ['at the gate of flip', 'reject', 'approve', /Nothing waits for an approval of flip/],
          ['at the gate of flip', 'rollback', 'approve', /already goes back, asked for by ada/],
          ['in freeze, held by freeze', 'rollback', 'resume', /already goes back, asked for by ada/],
          ['in freeze, held by freeze', 'resume', 'resume', /There is no hold and no pause to end/],
          ['in provision, while awaitGreenStack works', 'rollback', 'pause', /already goes back, asked for by ada/],
          ['in provision, while awaitGreenStack works', 'rollback', 'rollback', /already goes back, asked for by ada/],
        ] as const) {
          const events: Event[] = [first, second].map(name => ({ at: reachedMs, update: name, input: { by } }));
          const met = await meet(sandbox, at(where), events);
          assert.doesNotMatch(met.trace.updates[0]?.answer ?? '', /^refused/, where);
          assert.match(met.trace.updates[1]?.answer ?? '', why, where);
          assertSound(met, `${where}: ${first}, ${second}`);
        }
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'messages', fault: 'a start whose input cannot be decoded' },
      'a request in another encoding is refused with a sentence, and nothing happens',
      async () => {
        const met = await sandbox.run({
          workflowType: 'BlueGreenWorkflow',
          workflowId: 'kafka-bluegreen-orders',
          input: undefined,
          start: encoded('json/protobuf', '{}'),
          activities: {},
        });
        assert.ok(met.ending.kind === 'failed' && met.ending.type === 'InvalidInput');
        assert.match(met.ending.message, /Unknown encoding: json\/protobuf.*Send one JSON object\./);
      },
    ),
  );
});
