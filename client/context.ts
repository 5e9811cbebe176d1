/** What every subcommand has at hand. */
import type { ExitCode } from '../contract/exit-codes.ts';
import { Session, type SessionOptions } from './session.ts';

export interface Terminal {
  /** Results: standard output. */
  readonly out: (text: string) => void;
  /** Progress and errors: standard error. */
  readonly err: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export class Context {
  readonly terminal: Terminal;
  exitCode: ExitCode | null = null;

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  /** Runs the work with a connection that is closed after it; its answer is the exit code. */
  async withSession(options: SessionOptions, work: (session: Session) => Promise<ExitCode>): Promise<void> {
    const session = await Session.open(options);
    try {
      this.exitCode = await work(session);
    } finally {
      await session.close();
    }
  }

  print(lines: readonly string[]): void {
    for (const line of lines) this.terminal.out(`${line}\n`);
  }

  /** A line of progress, which is no part of the result. */
  readonly progress = (line: string): void => this.terminal.err(`${line}\n`);

  printJson(value: unknown): void {
    this.terminal.out(`${JSON.stringify(value, null, 2)}\n`);
  }
}
