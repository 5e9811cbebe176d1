import type { Command } from 'commander';
import { ExitCode } from '../../contract/exit-codes.ts';
import { renderPlan } from '../../report/plan-text.ts';
import type { Context } from '../context.ts';
import { look } from '../look.ts';
import { readRequestFile } from '../request-file.ts';
import type { SessionOptions } from '../session.ts';

export function addPlan(program: Command, context: Context): void {
  program
    .command('plan')
    .description('say what a deployment would do, and everything that stands in its way; changes nothing')
    .argument('<request>', 'YAML or JSON file, - for standard input')
    .option('--json', 'the plan as JSON')
    .action(async (file: string, { json }: { json?: true }) => {
      const { request, cluster } = await readRequestFile(file);
      await context.withSession(program.opts<SessionOptions>(), async session => {
        await session.requireWorker();
        const plan = await look(session, () => session.deployment(cluster).startPlan(request), {
          cluster,
          what: `The plan of ${cluster}`,
          say: context.progress,
        });
        if (json) context.printJson(plan);
        else context.print(renderPlan(plan));
        return plan.problems.length === 0 ? ExitCode.Done : ExitCode.Refused;
      });
    });
}
