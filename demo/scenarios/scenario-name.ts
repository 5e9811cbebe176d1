/** The endings that the demo can show. */
export const SCENARIO_NAMES = [
  'forward',
  'reject',
  'rollback-before-flip',
  'rollback-after-flip',
  'drain-blocked',
] as const;

export type ScenarioName = (typeof SCENARIO_NAMES)[number];
