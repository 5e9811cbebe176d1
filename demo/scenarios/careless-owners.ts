/**
 * Owners of plain applications: they restart when the run tells them to, not earlier, and their processes just end, as one does
 * that nobody taught to end.
 */
import type { Play, Scene } from './scenario.ts';

const ORDERS = [
  { part: 'writers', says: /^Still written on blue/ },
  { part: 'readers', says: /^Restart now/ },
] as const;

export function carelessOwners(scene: Pick<Scene, 'say' | 'fleet'>): Play {
  const restarted = new Set<string>();
  return async ({ attention }) => {
    for (const { part, says } of ORDERS) {
      const order = attention.find(line => says.test(line));
      if (order === undefined || restarted.has(part)) continue;
      restarted.add(part);
      scene.say(`The run says: ${order}`);
      scene.say(`The owners restart the ${part}: their processes end as they stand, and new ones start.`);
      await scene.fleet.restart(part);
    }
  };
}
