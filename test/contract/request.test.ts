import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type DeploymentRequest, parseRequest } from '../../contract/request.ts';

const minimal = {
  cluster: 'orders',
  record: 'kafka.orders.example.com',
  requestedBy: 'ada',
  blue: { stack: 'kafka-orders-a' },
  green: { stack: 'kafka-orders-b' },
};

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

  const refused: readonly (readonly [title: string, change: object, path: string, says: RegExp])[] = [
    ['a cluster name with capitals', { cluster: 'Orders' }, 'cluster', /lower-case/],
    ['a record without a dot', { record: 'kafka' }, 'record', /DNS name/],
    ['an empty requester', { requestedBy: '  ' }, 'requestedBy', /person/],
    ['a stack without a suffix', { green: { stack: 'orders' } }, 'green.stack', /suffix/],
    ['green named as blue', { green: { stack: 'kafka-orders-a' } }, 'green.stack', /blue stack itself/],
    ['a read record equal to the record', { readRecord: 'KAFKA.orders.example.com.' }, 'readRecord', /same name/],
    ['a number for a duration', { bake: 5 }, 'bake', /must be a string/],
    ['a duration of two years', { bake: '800d' }, 'bake', /at most a year/],
    ['a TTL of half a second', { ttl: '1500ms' }, 'ttl', /whole number of seconds/],
    [
      'an unknown disposition',
      { topics: [{ match: 'a', disposition: 'keep' }] },
      'topics[0].disposition',
      /drain, ambient, waive/,
    ],
    [
      'a waived topic without a reason',
      { topics: [{ match: 'a', disposition: 'waive', by: 'ada' }] },
      'topics[0]',
      /who and why/,
    ],
    [
      'an abandoned group without a name',
      { groups: [{ match: 'g', disposition: 'abandoned' }] },
      'groups[0]',
      /who and why/,
    ],
    ['a waiver without a reason', { waive: [{ kind: 'acl', name: 'x', by: 'ada' }] }, 'waive[0].reason', /string/],
    [
      'two templates',
      { green: { stack: 'k-b', template: 'https://x.example/t', templateBody: '{}' } },
      'green.template',
      /beside/,
    ],
    [
      'a parameter that is a number',
      { green: { stack: 'k-b', parameters: { BrokerCount: 3 } } },
      'green.parameters.BrokerCount',
      /string/,
    ],
  ];
  for (const [title, change, path, says] of refused) {
    test(`refuses ${title}`, () => {
      assert.match(problemsOf({ ...minimal, ...change })[path] ?? 'no problem on this path', says);
    });
  }

  for (const input of [undefined, null, 7, 'orders', [], [minimal], true]) {
    test(`refuses ${JSON.stringify(input) ?? 'no input'} with the shape of a request`, () => {
      assert.match(problemsOf(input)['request'] ?? '', /must be an object\. Example: \{"cluster"/);
    });
  }

  test('never throws, and says something about every refusal, whatever it is given', () => {
    const fields = fc.constantFrom(
      ...Object.keys(minimal),
      'topics',
      'groups',
      'waive',
      'drain',
      'settle',
      'ttl',
      'x',
      '__proto__',
    );
    fc.assert(
      fc.property(fc.dictionary(fields, fc.anything()), change => {
        const parsed = parseRequest({ ...minimal, ...change });
        if (parsed.kind === 'invalid') {
          assert.ok(parsed.problems.length > 0);
          for (const p of parsed.problems) assert.ok(p.on !== '' && p.problem !== '' && p.remedy !== '');
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
