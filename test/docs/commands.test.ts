import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { projectRoot } from '../../local/project-root.ts';
import { OTHERS, trouble } from './known-commands.ts';
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

  test('of other programs are run, or their effect is shown, by a test that is there', () => {
    const commands = commandsOfPages().map(({ words: line }) => line.join(' '));
    for (const [known, file] of Object.entries(OTHERS)) {
      assert.ok(existsSync(join(projectRoot(), file)), file);
      assert.ok(
        commands.some(line => line.startsWith(known)),
        `no page has ${known} any more`,
      );
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

  test('refuses a quote that does not end', () => assert.throws(() => words("a 'b"), /no simple command/));
});
