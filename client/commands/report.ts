import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { ExitCode } from '../../contract/exit-codes.ts';
import type { Report } from '../../contract/report.ts';
import { renderReportMarkdown } from '../../report/report-markdown.ts';
import { renderReportPage } from '../../report/report-page.ts';
import { renderReport } from '../../report/report-text.ts';
import { answerOf } from '../answer.ts';
import { CommandError } from '../command-error.ts';
import type { Context } from '../context.ts';
import type { SessionOptions } from '../session.ts';

const formats = {
  text: (report: Report) => `${renderReport(report).join('\n')}\n`,
  json: (report: Report) => `${JSON.stringify(report, null, 2)}\n`,
  markdown: renderReportMarkdown,
  html: renderReportPage,
} as const;

export function addReport(program: Command, context: Context): void {
  program
    .command('report')
    .description('what the newest deployment of a cluster did, by whom it was allowed, and the proof')
    .argument('<cluster>')
    .addOption(new Option('--format <format>', 'how to write it').choices(Object.keys(formats)).default('text'))
    .option('--output <file>', 'write it there')
    .action(async (cluster: string, { format, output }: { format: keyof typeof formats; output?: string }) => {
      await context.withSession(program.opts<SessionOptions>(), async session => {
        const report = await answerOf(session, cluster, session.deployment(cluster), run => run.report());
        const text = formats[format](report);
        if (output === undefined) context.terminal.out(text);
        else await write(output, text);
        return ExitCode.Done;
      });
    });
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new CommandError(
      ExitCode.Refused,
      `The report cannot be written to ${file} (${why}). Check the path, or leave --output out and send standard output somewhere.`,
      { cause: error },
    );
  }
}
