/**
 * Whether a command line of a page would be understood by the program it is for. Nothing is run but `temporal … --help`; who runs
 * the command is in runners.ts.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { benchCommand } from '../../bench/bench-command.ts';
import { filesOf } from '../../bench/guarantees-soak.ts';
import { catalog } from '../../bench/mutants/catalog.ts';
import { soakCommand } from '../../bench/soak-command.ts';
import { Context } from '../../client/context.ts';
import { commandOf } from '../../client/program.ts';
import { parseOptions } from '../../demo/options.ts';
import { projectRoot } from '../../local/project-root.ts';
import { load, type Testing } from '../setup/modules.ts';
import { runnerOf } from './runners.ts';

const { scripts } = JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};
const { matching, testFiles } = (await load('testing.mjs')) as Testing;

/** What npm itself does, beside the scripts, and the options that the pages give it. */
const NPM: Readonly<Record<string, readonly string[]>> = {
  ci: [],
  pack: ['--workspace'],
  install: ['--global', '--prefix', '--ignore-scripts'],
};

/** Why the command line cannot be right; null when it can. */
export async function trouble(words: readonly string[]): Promise<string | null> {
  const [program = '', ...args] = words;
  if (program === 'kafka-bluegreen') return troubleOfOurs(args);
  if (program === 'node' && args[0] === 'dist/client/main.js') return troubleOfOurs(args.slice(1));
  if (program === 'npm') return troubleOfNpm(args);
  if (program === 'temporal') return troubleOfTemporal(args);
  if (program === 'export') return args.every(arg => /^\w+=./.test(arg)) ? null : 'export sets nothing';
  return runnerOf(words) === null ? 'no test knows this command' : null;
}

/** Subcommand, options and arguments are parsed by the command itself; its actions are replaced by nothing. */
async function troubleOfOurs(args: readonly string[]): Promise<string | null> {
  const program = commandOf(new Context({ out: () => {}, err: () => {}, environment: {} }));
  for (const command of program.commands) command.action(() => {});
  return parsing(program, args);
}

async function parsing(program: Command, args: readonly string[]): Promise<string | null> {
  let said = '';
  const hear = (text: string) => {
    said += text;
  };
  for (const command of [program, ...program.commands])
    command.exitOverride().configureOutput({ writeOut: hear, writeErr: hear });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return null;
  } catch (error) {
    return args.includes('--help') ? null : said || String(error);
  }
}

async function troubleOfNpm([verb = '', ...rest]: readonly string[]): Promise<string | null> {
  if (verb === 'test') return troubleOfScript('test', rest);
  if (verb === 'run') {
    const [script = '', ...args] = rest;
    return script in scripts ? troubleOfScript(script, args) : `package.json has no script ${script}`;
  }
  const known = NPM[verb];
  if (known === undefined) return `npm ${verb} is not known here`;
  const wrong = rest.filter(arg => arg.startsWith('-') && !known.includes(arg));
  return wrong.length === 0 ? null : `npm ${verb} has no ${wrong.join(', ')} here`;
}

/** What stands behind `--` is read as the script itself would read it. */
async function troubleOfScript(script: string, [dashes, ...args]: readonly string[]): Promise<string | null> {
  if (dashes === undefined) return null;
  if (dashes !== '--') return `npm takes ${dashes} for itself; what is meant for ${script} comes after --`;
  const words = args.filter(arg => !arg.startsWith('-'));
  const nothing = async () => {};
  switch (script) {
    case 'demo': {
      const parsed = parseOptions(args);
      return parsed.kind === 'refused' ? parsed.sentence : null;
    }
    case 'local':
      return ['status', 'down'].includes(args[0] ?? '') ? null : `npm run local has no ${args.join(' ')}`;
    case 'soak': {
      let unknown: readonly string[] = [];
      const guarantees = async (patterns: readonly string[]) => {
        unknown = patterns.filter(pattern => filesOf([pattern]).length === 0);
      };
      const why = await parsing(soakCommand({ guarantees, collect: nothing, demo: nothing }), args);
      return why ?? (unknown.length === 0 ? null : `no file that holds a promise is named ${unknown.join(', ')}`);
    }
    case 'bench':
      return parsing(benchCommand({ switching: nothing }), args);
    case 'mutants': {
      const unknown = args.filter(word => !catalog.some(({ name }) => name.includes(word)));
      return unknown.length === 0 ? null : `no mutant's name contains ${unknown.join(', ')}`;
    }
    case 'test':
      try {
        const { unit, server } = testFiles();
        matching(words, [...unit, ...server]);
        return null;
      } catch (error) {
        return String(error);
      }
    default:
      return `npm run ${script} takes nothing after --`;
  }
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
