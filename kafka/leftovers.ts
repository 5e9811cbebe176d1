/**
 * What an interrupted deployment may have left on topics. A fence value is ours beyond doubt: nobody runs with a limit no
 * record fits in. Unlimited retention by age and size is what keep sets, but an owner may want it too.
 */
import type { Inventory, TopicFacts } from '../contract/inventory.ts';
import { FENCE_KEY, FENCE_VALUES, KEEP } from './our-values.ts';

export type Leftover =
  | { readonly kind: 'fence'; readonly topic: string; readonly key: string; readonly value: string }
  | { readonly kind: 'perhaps-keep'; readonly topic: string };

export function leftoversOf(inventory: Inventory): Leftover[] {
  return inventory.topics.flatMap(topic => {
    const limit = topic.configs[FENCE_KEY];
    const found: Leftover[] = [];
    if (limit?.source === 'topic' && limit.value !== null && FENCE_VALUES.includes(limit.value))
      found.push({ kind: 'fence', topic: topic.name, key: FENCE_KEY, value: limit.value });
    if (carriesKeep(topic)) found.push({ kind: 'perhaps-keep', topic: topic.name });
    return found;
  });
}

/** Every key of keep is overridden on the topic itself, with the value that keep sets. */
export function carriesKeep(topic: TopicFacts): boolean {
  return Object.entries(KEEP).every(
    ([key, value]) => topic.configs[key]?.source === 'topic' && topic.configs[key].value === value,
  );
}
