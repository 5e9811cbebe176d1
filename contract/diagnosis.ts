/** The result of DoctorWorkflow: what a worker can reach and may do, as far as that shows without changing anything. */
export interface Finding {
  /** What was looked at, such as `evidence store` or `EC2`. */
  readonly on: string;
  readonly state: 'good' | 'trouble' | 'not looked at';
  /** What was seen, or why it was not looked at, one sentence. */
  readonly saw: string;
  /** What to do next; null where there is nothing to do. */
  readonly remedy: string | null;
}

export interface Diagnosis {
  readonly findings: readonly Finding[];
}
