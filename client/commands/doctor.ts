import { WorkflowIdConflictPolicy } from '@temporalio/client';
import type { Command } from 'commander';
import type { Diagnosis, Finding } from '../../contract/diagnosis.ts';
import { ExitCode } from '../../contract/exit-codes.ts';
import { DOCTOR_WORKFLOW_ID } from '../../contract/request.ts';
import { renderFindings } from '../../report/diagnosis-text.ts';
import type { Context } from '../context.ts';
import { type Look, look } from '../look.ts';
import { type RequestFile, readRequestFile } from '../request-file.ts';
import type { Session, SessionOptions } from '../session.ts';
import { examineTemporal } from '../temporal-findings.ts';

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
        const temporal = await examineTemporal(session);
        const { findings } = await look(session, () => doctor(session, asked), {
          cluster: asked?.cluster ?? '',
          what: "The doctor's look",
          say: context.progress,
        });
        const all: Finding[] = [...temporal, ...findings];
        if (json) context.printJson({ findings: all } satisfies Diagnosis);
        else context.print(renderFindings(all));
        return all.some(({ state }) => state === 'trouble') ? ExitCode.Failed : ExitCode.Done;
      });
    });
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
