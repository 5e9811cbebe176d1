/** Whether a command line of a page would be understood by the program it is for; nothing is run but `temporal … --help`. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Context } from '../../client/context.ts';
import { commandOf } from '../../client/program.ts';
import { projectRoot } from '../../local/project-root.ts';

const { scripts } = JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** What npm itself does, beside the scripts. */
const NPM: readonly string[] = ['test', 'ci', 'pack', 'install'];

/** Commands of other programs, by their first words, and the file in which a test runs them or shows their effect. */
export const OTHERS: Readonly<Record<string, string>> = {
  'aws cloudformation deploy --template-file worker-policy.yaml': 'test/cloudformation/worker-policy.server.test.ts',
  'aws iam attach-role-policy': 'test/cloudformation/worker-policy.server.test.ts',
  'source .local/env': 'test/local/main.server.test.ts',
  'dig +short TXT _bluegreen.': 'test/local/dns/resolver.server.test.ts',
  'kafka-configs.sh --bootstrap-server BLUE --alter': 'test/activities/unfinished.test.ts',
  'kafka-acls.sh --bootstrap-server BROKER:9092 --add': 'test/activities/rights.server.test.ts',
  'kafka-acls.sh --bootstrap-server BLUE:9092 --add': 'test/switching/login.server.test.ts',
};

/** Why the command line cannot be right; null when it can. */
export async function trouble(words: readonly string[]): Promise<string | null> {
  const [program = '', ...args] = words;
  if (program === 'kafka-bluegreen') return troubleOfOurs(args);
  if (program === 'node' && args[0] === 'dist/client/main.js') return troubleOfOurs(args.slice(1));
  if (program === 'npm') return troubleOfNpm(args);
  if (program === 'temporal') return troubleOfTemporal(args);
  if (program === 'export') return args.every(arg => /^\w+=./.test(arg)) ? null : 'export sets nothing';
  return Object.keys(OTHERS).some(known => words.join(' ').startsWith(known)) ? null : 'no test knows this command';
}

/** Subcommand, options and arguments are parsed by the command itself; its actions are replaced by nothing. */
async function troubleOfOurs(args: readonly string[]): Promise<string | null> {
  let said = '';
  const hear = (text: string) => {
    said += text;
  };
  const program = commandOf(new Context({ out: hear, err: hear, environment: {} }));
  for (const command of program.commands) command.action(() => {});
  try {
    await program.parseAsync([...args], { from: 'user' });
    return null;
  } catch (error) {
    return args.includes('--help') ? null : said || String(error);
  }
}

function troubleOfNpm([verb = '', script = '']: readonly string[]): string | null {
  if (verb !== 'run') return NPM.includes(verb) ? null : `npm ${verb} is not known here`;
  return script in scripts ? null : `package.json has no script ${script}`;
}

const helped = new Map<string, Promise<ReadonlySet<string>>>();

/** Every option of the line is one that the CLI's own help names. */
async function troubleOfTemporal(args: readonly string[]): Promise<string | null> {
  const firstOption = args.findIndex(arg => arg.startsWith('-'));
  const subcommand = firstOption === -1 ? args : args.slice(0, firstOption);
  const known = new Set([...(await optionsOf(...subcommand)), ...(await optionsOf('options'))]);
  if (!known.has('--address')) return 'the options of temporal could not be read';
  const options = args.filter(arg => /^--?[a-z]/.test(arg)).map(arg => arg.replace(/=.*$/, ''));
  const wrong = options.filter(option => !known.has(option));
  return wrong.length === 0 ? null : `temporal ${subcommand.join(' ')} has no ${wrong.join(', ')}`;
}

async function optionsOf(...subcommand: readonly string[]): Promise<ReadonlySet<string>> {
  const key = subcommand.join(' ');
  const options = helped.get(key) ?? askTemporal(subcommand);
  helped.set(key, options);
  return options;
}

async function askTemporal(subcommand: readonly string[]): Promise<ReadonlySet<string>> {
  const temporal = join(projectRoot(), '.tools/bin/temporal');
  const isOptions = subcommand[0] === 'options';
  const { stdout } = await promisify(execFile)(temporal, isOptions ? subcommand : [...subcommand, '--help']);
  const usage = new RegExp(`^ +temporal ${subcommand.join(' ')} \\[flags\\]$`, 'm').test(stdout);
  if (!usage && !isOptions) throw new Error(`temporal has no command ${subcommand.join(' ')}.`);
  return new Set(stdout.match(/(?<=^|[\s"])--?[a-z][a-z-]*/gm) ?? []);
}
