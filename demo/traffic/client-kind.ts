/** Whose clients the demo's applications use. */
export const CLIENT_KINDS = ['library', 'plain', 'timer'] as const;

/**
 * `library`: kafka-bluegreen-switching. `plain`: kafkajs as it comes, restarted by its owners when the run says so. `timer`:
 * kafkajs, replaced by a new client every so often, in the hope that one of them finds the new cluster.
 */
export type ClientKind = (typeof CLIENT_KINDS)[number];
