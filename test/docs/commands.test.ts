import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { projectRoot } from '../../local/project-root.ts';
import { trouble } from './known-commands.ts';
import { RUNNERS, runnerOf } from './runners.ts';
import { commandsOf, commandsOfPages, words } from './shell.ts';

describe('the commands of the pages', () => {
  test('are understood by the programs they are for', async () => {
    const commands = commandsOfPages();
    assert.ok(commands.length > 40, `${commands.length} commands were found: the scan looks in the wrong place`);
    const wrong: string[] = [];
    for (const { at, words: line } of commands) {
      const why = await trouble(line);
      if (why !== null) wrong.push(`${at} ${line.join(' ')}: ${why}`);
    }
    assert.deepEqual(wrong, []);
  });

  test('are run by the tests that are named for them, or say why none can', () => {
    const runnerless = commandsOfPages()
      .filter(({ words: line }) => line[0] !== 'export' && runnerOf(line) === null)
      .map(({ at, words: line }) => `${at} ${line.join(' ')}`);
    assert.deepEqual(runnerless, []);
  });
});

describe('the table of who runs them', () => {
  test('names no command that no page has', () => {
    const used = new Set(commandsOfPages().map(({ words: line }) => runnerOf(line)?.key));
    assert.deepEqual(
      Object.keys(RUNNERS).filter(key => !used.has(key)),
      [],
    );
  });

  test('names tests that are there, in files that have to do with the command', () => {
    for (const [key, { file, title, mentions }] of Object.entries(RUNNERS)) {
      const source = readFileSync(join(projectRoot(), file), 'utf8');
      const titles = source.match(/(?<=(?:test|describe|suite)\(\s*|\},\s*)(['"`]).*?\1(?=,|\s)/gs) ?? [];
      assert.ok(
        titles.some(found => found.includes(title)),
        `${key}: ${file} has no test "${title}"`,
      );
      assert.ok(source.includes(mentions), `${key}: ${file} does not have ${mentions}`);
    }
  });
});

describe('a command that is wrong', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['kafka-bluegreen strat request.yaml', /unknown command/],
    ['kafka-bluegreen start', /missing required argument/],
    ['kafka-bluegreen approve orders --gate flop', /Allowed choices/],
    ['kafka-bluegreen status orders extra', /too many arguments/],
    ['npm run demmo', /no script demmo/],
    ['npm publish', /not known here/],
    ['npm pack --dry-run', /no --dry-run/],
    ['npm run demo -- --scenario rejct', /Known are/],
    ['npm run demo --scenario reject', /comes after --/],
    ['npm run soak -- --sed 7', /unknown option/],
    ['npm run soak -- rolback', /no file that holds a promise/],
    ['npm run bench -- switchng', /unknown command/],
    ['npm run mutants -- fense', /no mutant's name/],
    ['npm run local -- dwon', /has no dwon/],
    ['npm run verify -- fast', /takes nothing/],
    ['npm test -- kafak', /No test file matches/],
    ['temporal workflow query --workflow x', /has no --workflow/],
    ['rm -rf /', /no test knows/],
  ];
  for (const [line, why] of cases)
    test(`is told: ${line}`, async () => assert.match((await trouble(words(line))) ?? 'no trouble', why));
});

describe('words()', () => {
  test('takes quotes, comments, assignments and continued lines as a shell does', () => {
    const text = 'A=1 b --c=\'{"d": "e f"}\' "g \\"h\\"" $I  # j\n\n# k\nl#m \\\n  n\n';
    assert.deepEqual(commandsOf({ page: 'p', line: 1, text }), [
      { at: 'p:1', words: ['b', '--c={"d": "e f"}', 'g "h"', '$I'] },
      { at: 'p:1', words: ['l#m', 'n'] },
    ]);
  });

  test('takes commands apart that are joined, or in a loop', () => {
    const text = "until a --b | grep 'c | d'; do sleep 2; done    # e; f\n";
    assert.deepEqual(
      commandsOf({ page: 'p', line: 1, text }).map(({ words: line }) => line),
      [
        ['a', '--b'],
        ['grep', 'c | d'],
        ['sleep', '2'],
      ],
    );
  });

  test('refuses a quote that does not end', () => assert.throws(() => words("a 'b"), /no simple command/));
});
