import { WorkflowIdConflictPolicy } from '@temporalio/client';
import type { Command } from 'commander';
import type { Diagnosis, Finding } from '../../contract/diagnosis.ts';
import { ExitCode } from '../../contract/exit-codes.ts';
import { DOCTOR_WORKFLOW_ID } from '../../contract/request.ts';
import { renderFindings } from '../../report/diagnosis-text.ts';
import { CommandError } from '../command-error.ts';
import type { Context } from '../context.ts';
import { type Look, look } from '../look.ts';
import { type RequestFile, readRequestFile } from '../request-file.ts';
import type { Session, SessionOptions } from '../session.ts';
import { examineTemporal, noWorkerFinding, workerFinding } from '../temporal-findings.ts';

export function addDoctor(program: Command, context: Context): void {
  program
    .command('doctor')
    .description(
      'look at all that a deployment needs: Temporal and, through the worker, AWS, DNS, Kafka and evidence; changes nothing',
    )
    .argument('[request]', 'YAML or JSON file, - for standard input: look at its record, stacks and cluster too')
    .option('--json', 'the findings as JSON')
    .action(async (file: string | undefined, { json }: { json?: true }) => {
      const asked = file === undefined ? null : await readRequestFile(file);
      await context.withSession(program.opts<SessionOptions>(), async session => {
        const { findings, exitCode } = await examine(context, session, asked);
        if (json) context.printJson({ findings } satisfies Diagnosis);
        else context.print(renderFindings(findings));
        return exitCode;
      });
    });
}

interface Examined {
  readonly findings: readonly Finding[];
  readonly exitCode: ExitCode;
}

/** What can be seen without a worker is said also where none answers. */
async function examine(context: Context, session: Session, asked: RequestFile | null): Promise<Examined> {
  const temporal = await examineTemporal(session);
  try {
    const worker = workerFinding(await session.requireWorker(), session.taskQueue);
    const { findings } = await look(session, () => doctor(session, asked), {
      cluster: asked?.cluster ?? '',
      what: "The doctor's look",
      say: context.progress,
    });
    const all = [...temporal, worker, ...findings];
    const trouble = all.some(({ state }) => state === 'trouble');
    return { findings: all, exitCode: trouble ? ExitCode.Failed : ExitCode.Done };
  } catch (error) {
    if (!(error instanceof CommandError) || error.exitCode !== ExitCode.Unreachable) throw error;
    return { findings: [...temporal, noWorkerFinding(session.taskQueue)], exitCode: error.exitCode };
  }
}

/** Through the worker, which alone has rights on AWS and Kafka. */
function doctor({ client, taskQueue }: Session, asked: RequestFile | null): Promise<Look<Diagnosis>> {
  return client.workflow.start<(request?: unknown) => Promise<Diagnosis>>('DoctorWorkflow', {
    taskQueue,
    workflowId: asked === null ? DOCTOR_WORKFLOW_ID : `${DOCTOR_WORKFLOW_ID}-${asked.cluster}`,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.TERMINATE_EXISTING,
    args: asked === null ? [] : [asked.request],
  });
}
