/**
 * `npm run soak`: every test that holds a promise, the long matrices included, into docs/guarantees.md.
 * `npm run soak -- rollback holds`: those whose file's name contains one of the words. `npm run soak -- demo 10`: the demo.
 * What `npm test` showed counts too: KAFKA_BLUEGREEN_GUARANTEES=$PWD/.local/held npm test, then npm run soak -- collect .local/held.
 */
import { soakDemo } from './demo-soak.ts';
import { collectGuarantees, soakGuarantees } from './guarantees-soak.ts';
import { soakCommand } from './soak-command.ts';

const SEEDS = 1_000_000;

await soakCommand({
  guarantees: async (patterns, seed = Math.floor(Math.random() * SEEDS)) => {
    process.exitCode = await soakGuarantees({ patterns, seed });
  },
  collect: async file => {
    process.exitCode = await collectGuarantees(file);
  },
  demo: async runs => {
    process.exitCode = await soakDemo(runs);
  },
}).parseAsync();
