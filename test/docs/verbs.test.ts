import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Context } from '../../client/context.ts';
import { commandOf } from '../../client/program.ts';
import { projectRoot } from '../../local/project-root.ts';
import { read } from './pages.ts';

const program = commandOf(new Context({ out: () => {}, err: () => {}, environment: {} }));
const verbs = program.commands.map(command => command.name()).toSorted();

describe('every subcommand of kafka-bluegreen', () => {
  test('is named in the README', () => {
    const [sentence = ''] =
      /The `kafka-bluegreen` command says the same in fewer words:[^.]*\./.exec(read('README.md')) ?? [];
    const named = (sentence.split(': ')[1] ?? '').match(/(?<=`)[a-z]+(?=`)/g) ?? [];
    assert.deepEqual(named.toSorted(), verbs);
  });

  test('is run on a whole stack', () => {
    const source = readFileSync(join(projectRoot(), 'test/e2e/front-door.server.test.ts'), 'utf8');
    const run = new Set([...source.matchAll(/(?:exits\(\d, |say\(|\[)'(\w+)'/g)].map(([, verb]) => verb));
    assert.deepEqual(
      verbs.filter(verb => !run.has(verb)),
      [],
    );
  });
});
