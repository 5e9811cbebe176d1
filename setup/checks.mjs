// @ts-check
// `npm run verify` and `npm test`: checks of the source, then tests. Each check counts as a test; what was skipped counts as a failure of
// the whole, because it showed nothing.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { python, root, toolsBin } from './paths.mjs';
import { capture } from './run.mjs';
import { matching, runTests, testFiles, total } from './testing.mjs';
import { Trouble } from './trouble.mjs';

/** @typedef {import('./tasks.mjs').Bring} Bring */
/** @typedef {import('./testing.mjs').Counts} Counts */
/** @typedef {{ name: string, run: () => Promise<{ code: number, output: string }> }} Check */

const node = join(toolsBin, 'node');
const tsc = 'node_modules/typescript/bin/tsc';

/** @returns {string[]} CloudFormation templates, relative to the root */
function templates() {
  const folder = join(root, 'cloudformation');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.filter(name => name.endsWith('.yaml')).map(name => join('cloudformation', name));
}

/** @param {Bring} bring @returns {Check[]} in the order in which they say most about what is wrong */
function checks(bring) {
  return [
    { name: 'build', run: () => building(bring) },
    {
      name: 'format and order of imports',
      run: () => capture(node, ['node_modules/@biomejs/biome/bin/biome', 'check', '.']),
    },
    { name: 'types', run: () => capture(node, [tsc, '-p', 'tsconfig.json', '--noEmit']) },
    { name: 'types of setup', run: () => capture(node, [tsc, '-p', 'setup/tsconfig.json']) },
    { name: 'lint', run: () => capture(node, ['node_modules/oxlint/bin/oxlint', '--type-aware']) },
    ...(templates().length === 0 ? [] : [{ name: 'templates', run: checkTemplates }]),
  ];
}

/** A build that fails is one failed check: the others still have something to say. @param {Bring} bring */
async function building(bring) {
  try {
    await bring(['build']);
    return { code: 0, output: '' };
  } catch (error) {
    if (error instanceof Trouble) return { code: 1, output: error.message };
    throw error;
  }
}

const checkTemplates = () => capture(join(python, 'bin', 'cfn-lint'), templates());

/** @param {readonly Check[]} list @returns {Promise<Counts>} */
async function runChecks(list) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, run } of list) {
    const started = performance.now();
    const { code, output } = await run();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    if (code === 0) {
      counts.passed += 1;
      console.log(`  ${name}  ${seconds} s`);
    } else {
      counts.failed += 1;
      console.log(`\n  FAILED  ${name}\n${output.trimEnd().replace(/^/gm, '    ')}\n`);
    }
  }
  return counts;
}

/** @param {readonly Counts[]} all @returns {number} the exit code; the last line printed is the summary */
function summarize(all) {
  const { passed, failed, skipped } = total(all);
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed + skipped > 0 || passed === 0 ? 1 : 0;
}

/** @param {string} title */
const heading = title => console.log(`\n${title}`);

/**
 * Checks and tests that need no server; about a minute.
 * @param {Bring} bring @returns {Promise<number>}
 */
export async function verify(bring) {
  await bring(['npm']);
  heading('Checks');
  const checked = await runChecks(checks(bring));
  heading('Unit tests');
  return summarize([checked, await runTests('unit', testFiles().unit)]);
}

/**
 * Everything; or, with arguments, the test files that these name, and no checks. Arguments that begin with `--` go to node.
 * @param {readonly string[]} args @param {Bring} bring @param {readonly string[]} everything names of all parts
 * @returns {Promise<number>}
 */
export async function test(args, bring, everything) {
  const flags = args.filter(arg => arg.startsWith('--'));
  const patterns = args.filter(arg => !arg.startsWith('--'));
  try {
    await bring(everything.filter(name => name !== 'build'));
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    console.log(`\n  FAILED  set-up\n${error.message.replace(/^/gm, '    ')}\n`);
    return summarize([{ passed: 0, failed: 1, skipped: 0 }]);
  }
  const files = testFiles();
  /** @type {Counts[]} */
  const all = [];
  if (args.length === 0) {
    heading('Checks');
    all.push(await runChecks(checks(bring)));
  } else {
    await bring(['build']);
  }
  const every = [...files.unit, ...files.server];
  const wanted = new Set(patterns.length === 0 ? every : matching(patterns, every));
  heading('Unit tests');
  all.push(
    await runTests(
      'unit',
      files.unit.filter(file => wanted.has(file)),
      flags,
    ),
  );
  heading('Tests on real servers, two folders at a time');
  all.push(
    await runTests(
      'server',
      files.server.filter(file => wanted.has(file)),
      flags,
    ),
  );
  return summarize(all);
}
