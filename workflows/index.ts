/** The entry of the workflow bundle: every export is a workflow type. */
export { BlueGreenWorkflow } from './blue-green.ts';
export { DoctorWorkflow } from './doctor.ts';
export { PlanWorkflow } from './plan.ts';
