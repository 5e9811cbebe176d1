/** What `npm run demo` was asked for: which story, whose clients, and whether its picture is kept. */
import { Command, CommanderError, Option } from 'commander';
import { SCENARIO_NAMES, type ScenarioName } from './scenarios/scenario-name.ts';
import { CLIENT_KINDS, type ClientKind } from './traffic/client-kind.ts';

export interface DemoOptions {
  readonly scenario: ScenarioName;
  readonly clients: ClientKind;
  /** Where the picture of a run that held everything is kept, besides `.local`. */
  readonly picture?: string;
}

export type ParsedOptions =
  | { readonly kind: 'run'; readonly options: DemoOptions }
  | { readonly kind: 'help'; readonly text: string }
  /** One sentence with what is known, for exit code 2. */
  | { readonly kind: 'refused'; readonly sentence: string };

const KNOWN = `Known are --scenario <${SCENARIO_NAMES.join(' | ')}>, --clients <${CLIENT_KINDS.join(' | ')}> and --picture <file>.`;

/** Reads the arguments after the program's name. */
export function parseOptions(args: readonly string[]): ParsedOptions {
  let help = '';
  const command = new Command('npm run demo --')
    .description('A whole Kafka cluster replaced under live traffic, on this machine, judged by an auditor.')
    .addOption(new Option('--scenario <name>', 'how it ends').choices(SCENARIO_NAMES).default('forward'))
    .addOption(
      new Option('--clients <kind>', "whose clients the applications use; others than the library's go forward only")
        .choices(CLIENT_KINDS)
        .default('library'),
    )
    .addOption(new Option('--picture <file>', 'keeps the picture of the run there, if everything holds'))
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeOut: text => (help += text), writeErr: () => undefined });
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'help', text: help };
    return { kind: 'refused', sentence: `${sentence(error.message)} ${KNOWN}` };
  }
  const options = command.opts<DemoOptions>();
  if (options.clients !== 'library' && options.scenario !== 'forward')
    return {
      kind: 'refused',
      sentence: `--clients ${options.clients} goes with --scenario forward only: the other endings are shown with the library's clients.`,
    };
  return { kind: 'run', options };
}

/** Commander's message, of which the list of choices is left to ours. */
function sentence(message: string): string {
  const [said = ''] = message.replace(/^error: /, '').split(/\n| Allowed choices/);
  const capital = said.charAt(0).toUpperCase() + said.slice(1);
  return capital.endsWith('.') ? capital : `${capital}.`;
}
