import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { ExitCode } from '../../contract/exit-codes.ts';
import type { Report } from '../../contract/report.ts';
import { renderReportMarkdown } from '../../report/report-markdown.ts';
import { renderReportPage } from '../../report/report-page.ts';
import { renderReport } from '../../report/report-text.ts';
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
        const report = await session.call(cluster, () => session.deployment(cluster).report());
        const text = formats[format](report);
        if (output === undefined) context.terminal.out(text);
        else await writeFile(output, text);
        return ExitCode.Done;
      });
    });
}
