/** The topic configs we ever change, and what we set them to. Everything else on a topic is its owner's. */
export const FENCE_KEY = 'max.message.bytes';
/** 78 lets transaction markers through, 1 nothing. */
export type FenceLimit = 78 | 1;
export const FENCE_VALUES: readonly string[] = ['78', '1'];

/** Unlimited retention by age and by size (https://kafka.apache.org/documentation/#topicconfigs_retention.ms). */
export const KEEP = { 'retention.ms': '-1', 'retention.bytes': '-1' } as const;

/** Every key that keep and fence change on a topic: the ones whose originals must be saved first. */
export const OUR_KEYS: readonly string[] = [...Object.keys(KEEP), FENCE_KEY];
