import type { Diagnosis } from '../contract/diagnosis.ts';
import { DOCTOR_WORKFLOW_ID } from '../contract/request.ts';
import { beforeFlip } from './activities.ts';
import { admit } from './admission.ts';

/** What the worker can reach and may do; with a request also that deployment's record, stacks and cluster. Changes nothing. */
export async function DoctorWorkflow(input?: unknown): Promise<Diagnosis> {
  const request = input === undefined || input === null ? null : admit(input, `${DOCTOR_WORKFLOW_ID}-`);
  return beforeFlip.examine.executeWithOptions({ summary: request?.cluster ?? 'without a request' }, [{ request }]);
}
