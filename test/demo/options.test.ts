import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseOptions } from '../../demo/options.ts';
import { SCENARIO_NAMES } from '../../demo/scenarios/scenario-name.ts';
import { SCENARIOS } from '../../demo/scenarios/scenarios.ts';
import { CLIENT_KINDS } from '../../demo/traffic/client-kind.ts';

describe("the demo's options", () => {
  test("are forward with the library's clients when nothing is said", () => {
    assert.deepEqual(parseOptions([]), { kind: 'run', options: { scenario: 'forward', clients: 'library' } });
  });

  test('name every scenario', () => {
    for (const scenario of SCENARIO_NAMES) {
      const parsed = parseOptions(['--scenario', scenario]);
      assert.deepEqual(parsed, { kind: 'run', options: { scenario, clients: 'library' } });
      assert.equal(SCENARIOS[scenario].name, scenario);
    }
  });

  test('name every kind of clients, on the way forward', () => {
    for (const clients of CLIENT_KINDS)
      assert.deepEqual(parseOptions(['--clients', clients, '--scenario=forward']), {
        kind: 'run',
        options: { scenario: 'forward', clients },
      });
  });

  test('name the file in which the picture is kept', () => {
    assert.deepEqual(parseOptions(['--picture', 'docs/pictures/demo.svg']), {
      kind: 'run',
      options: { scenario: 'forward', clients: 'library', picture: 'docs/pictures/demo.svg' },
    });
  });

  const refused: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['an unknown option', ['--scenari', 'reject'], /^Unknown option '--scenari'\. Known are /],
    [
      'an unknown scenario',
      ['--scenario', 'sideways'],
      /^Option '--scenario <name>' argument 'sideways' is invalid\. /,
    ],
    ['unknown clients', ['--clients', 'java'], /^Option '--clients <kind>' argument 'java' is invalid\. Known are /],
    ['a missing value', ['--clients'], /^Option '--clients <kind>' argument missing\. Known are /],
    ['what is no option', ['reject'], /^Too many arguments\. .*reject\. Known are /],
  ];
  for (const [what, args, sentence] of refused)
    test(`refuse ${what} in one line that has all that is known`, () => {
      const parsed = parseOptions(args);
      assert.equal(parsed.kind, 'refused');
      assert.match(parsed.sentence, sentence);
      for (const known of [...SCENARIO_NAMES, ...CLIENT_KINDS]) assert.ok(parsed.sentence.includes(known), known);
      assert.doesNotMatch(parsed.sentence, /\n/);
    });

  test('refuse other clients on any other way, with a sentence', () => {
    for (const scenario of SCENARIO_NAMES.filter(name => name !== 'forward')) {
      const parsed = parseOptions(['--clients', 'timer', '--scenario', scenario]);
      assert.equal(parsed.kind, 'refused');
      assert.match(parsed.sentence, /^--clients timer goes with --scenario forward only: .*\.$/);
    }
  });

  test('are explained on demand', () => {
    const parsed = parseOptions(['--help']);
    assert.equal(parsed.kind, 'help');
    for (const known of [...SCENARIO_NAMES, ...CLIENT_KINDS]) assert.ok(parsed.text.includes(known), known);
  });
});
