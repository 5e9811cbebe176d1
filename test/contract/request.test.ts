import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { describeProblems } from '../../contract/problem.ts';
import { type DeploymentRequest, parseRequest } from '../../contract/request.ts';
import { guarantee } from '../support/guarantee.ts';
import { minimal, refusedRequests, whole } from './requests.ts';

/** Characters: what fits on a few screens. */
const MOST_MESSAGE = 24_000;

function accepted(input: unknown): DeploymentRequest {
  const parsed = parseRequest(input);
  assert.equal(parsed.kind, 'request', JSON.stringify(parsed));
  return (parsed as { request: DeploymentRequest }).request;
}

function problemsOf(input: unknown): Readonly<Record<string, string>> {
  const parsed = parseRequest(input);
  assert.ok(parsed.kind === 'invalid');
  return Object.fromEntries(parsed.problems.map(p => [p.on, `${p.problem} ${p.remedy}`]));
}

describe('parseRequest()', () => {
  test('fills in every default', () => {
    const request = accepted(minimal);
    assert.equal(request.approval.deadline, 72 * 3_600_000);
    assert.equal(request.ttl, 5_000);
    assert.equal(request.order, 'per-producer');
    assert.deepEqual(request.settle, { clientCache: 30_000, quiet: 30_000, deadline: 24 * 3_600_000 });
    assert.deepEqual(request.drain, { sweeps: 3, every: 10_000, deadline: 72 * 3_600_000 });
    assert.deepEqual(
      [request.bake, request.keepStopped, request.provision.deadline],
      [3_600_000, 86_400_000, 2_700_000],
    );
  });

  test('names every problem at once, each with its path', () => {
    const problems = problemsOf({
      ...minimal,
      record: 'not a name',
      ttl: '1.5s',
      drain: { sweeps: 0, evry: '1s' },
      blue: {},
    });
    assert.deepEqual(Object.keys(problems).toSorted(), ['blue.stack', 'drain.evry', 'drain.sweeps', 'record', 'ttl']);
    assert.match(problems['drain.evry'] ?? '', /Did you mean every\?/);
  });

  test(
    ...guarantee(
      { promise: 'refused', fault: `${refusedRequests.length} bad requests` },
      'refuses each bad request by path and with a remedy',
      async context => {
        for (const [title, change, path, says] of refusedRequests)
          await context.test(title, () => {
            assert.match(problemsOf({ ...minimal, ...change })[path] ?? 'no problem on this path', says);
          });
      },
    ),
  );

  const shapes: readonly (readonly [title: string, input: unknown, says: RegExp])[] = [
    ['nothing', undefined, /is missing; it must be an object\. Example: \{"cluster"/],
    ['null', null, /must be an object, not null\. Example: \{"cluster"/],
    ['a number', 7, /must be an object, not the number 7\. Example: \{"cluster"/],
    ['true', true, /must be an object, not true\./],
    ['a name', 'orders', /must be an object, not a string\. Example: \{"cluster"/],
    ['the text of a request', JSON.stringify(minimal), /not a string\. Give the object itself, not its text/],
    ['an empty list', [], /must be an object, not a list\./],
    ['a request in a list', [minimal], /not a list\. Give the object itself/],
  ];
  for (const [title, input, says] of shapes) {
    test(`refuses ${title} with the shape of a request`, () => {
      assert.match(problemsOf(input)['request'] ?? '', says);
    });
  }

  test('refuses an empty object by naming every field that is missing', () => {
    const problems = problemsOf({});
    assert.deepEqual(Object.keys(problems), ['cluster', 'record', 'requestedBy', 'blue', 'green']);
    for (const text of Object.values(problems)) assert.match(text, /^is missing; it must be .*Example: "/);
  });

  test('says all that is wrong in one answer, contradictions between fields that can be read included', () => {
    const problems = problemsOf({
      cluster: 'Orders',
      record: 'kafka.example.com',
      readRecord: 'KAFKA.example.com.',
      blue: { stack: 'kafka-orders-a' },
      green: { stack: 'kafka-orders-a', parameters: { BrokerCount: 3 } },
      topics: [
        { match: '*', disposition: 'drain' },
        { match: 'audit', disposition: 'waive' },
      ],
      settle: { quiet: '2h', deadline: '1h' },
      drain: { every: 'soon' },
      bakes: '1h',
    });
    assert.deepEqual(Object.keys(problems).toSorted(), [
      'bakes',
      'cluster',
      'drain.every',
      'green.parameters.BrokerCount',
      'green.stack',
      'readRecord',
      'requestedBy',
      'settle.deadline',
      'topics[1]',
    ]);
  });

  test('stays one readable message whatever there is to say', () => {
    const bad = { match: 'x'.repeat(100_000), disposition: 'y'.repeat(100_000), ['z'.repeat(100_000)]: 1 };
    const parsed = parseRequest({
      ...minimal,
      topics: Array.from({ length: 1_000 }, () => ({ ...bad })),
      ...Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`unknown${i}`, i])),
    });
    assert.ok(parsed.kind === 'invalid');
    assert.equal(parsed.problems.length, 51);
    assert.match(parsed.problems.at(-1)?.problem ?? '', /^has \d+ more problems that are not listed\.$/);
    assert.ok(describeProblems(parsed.problems).length < MOST_MESSAGE);
  });

  test(
    ...guarantee(
      { promise: 'refused', fault: 'anything anywhere in a request (1,000 tries)' },
      'never throws, and says something short and useful about every refusal, whatever was changed in a good request',
      () => {
        fc.assert(
          fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), changes => {
            const input = changes.reduce<unknown>((request, apply) => apply(request), structuredClone(whole));
            const parsed = parseRequest(input);
            if (parsed.kind === 'request') return;
            assert.ok(parsed.problems.length > 0);
            for (const p of parsed.problems) {
              assert.ok(p.on !== '' && p.problem.endsWith('.') && p.remedy.length > 5, JSON.stringify(p));
              assert.ok(!/undefined|\[object|NaN/.test(p.problem + p.remedy), JSON.stringify(p));
            }
            assert.equal(new Set(parsed.problems.map(p => p.on)).size, parsed.problems.length, 'one problem a path');
            assert.ok(describeProblems(parsed.problems).length < MOST_MESSAGE);
          }),
          { numRuns: 1_000 },
        );
      },
    ),
  );

  test('reads the same request again from what it was read to, in JSON', () => {
    accepted(JSON.parse(JSON.stringify(whole)));
  });
});

/** A change at one place of a request: a value of another kind, a key too many, a key too few. */
const change: fc.Arbitrary<(request: unknown) => unknown> = fc
  .tuple(
    fc.array(fc.nat({ max: 20 }), { maxLength: 4 }),
    fc.oneof(
      fc.constant({ kind: 'remove' as const }),
      fc.record({
        kind: fc.constantFrom('replace' as const, 'add' as const),
        key: fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString', 'stack', 'deadline', 'by')),
        value: fc.oneof(
          fc.anything(),
          fc.string({ unit: 'binary' }),
          fc.constantFrom(
            '0s',
            '-1s',
            '1y',
            '*',
            '',
            '\u0000',
            'a\nb',
            '<who>',
            '<why>',
            0,
            -1,
            1.5,
            1e308,
            null,
            [],
            {},
          ),
        ),
      }),
    ),
  )
  .map(
    ([path, what]) =>
      request =>
        changed(request, path, what),
  );

function changed(
  at: unknown,
  path: readonly number[],
  what: { kind: 'remove' } | { kind: 'replace' | 'add'; key: string; value: unknown },
): unknown {
  if (typeof at !== 'object' || at === null) return what.kind === 'remove' ? undefined : what.value;
  const [step, ...rest] = path;
  const keys = Object.keys(at);
  const key = keys[(step ?? 0) % Math.max(1, keys.length)];
  if (key === undefined || rest.length === 0) {
    if (what.kind === 'add')
      Object.defineProperty(at, what.key, { value: what.value, enumerable: true, configurable: true });
    else if (what.kind === 'replace') return what.value;
    else if (key !== undefined) Reflect.deleteProperty(at, key);
    return at;
  }
  const next = changed((at as Record<string, unknown>)[key], rest, what);
  Object.defineProperty(at, key, { value: next, enumerable: true, configurable: true, writable: true });
  return at;
}
