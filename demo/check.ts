/** One thing that must hold at the end of the demo. */
export interface Check {
  readonly holds: boolean;
  /** The sentence when it does. */
  readonly says: string;
  /** The sentence when it does not. */
  readonly otherwise: string;
}

export function check(holds: boolean, says: string, otherwise: string): Check {
  return { holds, says, otherwise };
}
