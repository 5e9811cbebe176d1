/** The `kafka-bluegreen` command. It talks only to Temporal: a laptop needs no rights on AWS or Kafka. */
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { Command, CommanderError } from 'commander';
import { ExitCode } from '../contract/exit-codes.ts';
import { saidBy } from '../contract/temporal-trouble.ts';
import { CommandError } from './command-error.ts';
import { addDoctor } from './commands/doctor.ts';
import { addMessages } from './commands/messages.ts';
import { addPlan } from './commands/plan.ts';
import { addReport } from './commands/report.ts';
import { addSchema } from './commands/schema.ts';
import { addStart } from './commands/start.ts';
import { addStatus } from './commands/status.ts';
import { addWatch } from './commands/watch.ts';
import { addWorker } from './commands/worker.ts';
import { Context, type Terminal } from './context.ts';

const EPILOGUE = `
Temporal is found as its own CLI finds it: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_*.

Exit codes: 0 deployed or done, 1 failed or cancelled, 2 bad request or usage, 3 rejected, 4 rolled back,
5 holding or waiting (the command to send is printed), 6 Temporal or worker not reachable, 7 an error nobody foresaw.`;

/** The command with all its subcommands; nothing is connected before one of them runs. */
export function commandOf(context: Context): Command {
  const { terminal } = context;
  const program = new Command('kafka-bluegreen')
    .description('Blue/green deployment of whole Kafka clusters, with proof that no record was lost.')
    .version(version(), '--version', 'print the version')
    .option('--address <host:port>', "Temporal's address")
    .option('--namespace <name>', "Temporal's namespace")
    .option('--task-queue <name>', "the worker's task queue; kafka-bluegreen unless given")
    .addHelpText('after', EPILOGUE)
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .showHelpAfterError('Usage: kafka-bluegreen --help')
    .exitOverride();
  for (const add of [addPlan, addStart, addStatus, addWatch, addMessages, addReport, addDoctor, addSchema])
    add(program, context);
  addWorker(program);
  for (const command of program.commands)
    command
      .copyInheritedSettings(program)
      .showHelpAfterError(
        `Usage: kafka-bluegreen ${command.name()} ${command.usage()}; each option: kafka-bluegreen ${command.name()} --help`,
      );
  return program;
}

/** The package names itself: its source and what is built of it lie at different depths. */
function version(): string {
  const file = new URL(import.meta.resolve('kafka-bluegreen/package.json'));
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
}

/** Runs one command line; answers with the exit code, or null when the process goes on by itself (the worker). */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode | null> {
  const context = new Context(terminal);
  try {
    await commandOf(context).parseAsync([...args], { from: 'user' });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.Done : ExitCode.Refused;
    const { exitCode, message } = error instanceof CommandError ? error : unforeseen(error);
    terminal.err(`${message}\n`);
    if (terminal.environment['KAFKA_BLUEGREEN_LOG_LEVEL'] === 'debug') terminal.err(`${inspect(error)}\n`);
    return exitCode;
  }
}

/** An exit code of its own: that the command failed says nothing about the deployment. */
function unforeseen(error: unknown): Pick<CommandError, 'exitCode' | 'message'> {
  return {
    exitCode: ExitCode.Unforeseen,
    message: `The command failed for a reason that was not foreseen: ${saidBy(error)} What runs in Temporal goes on: kafka-bluegreen status <cluster>. Try again; with KAFKA_BLUEGREEN_LOG_LEVEL=debug it prints the stack to report.`,
  };
}
