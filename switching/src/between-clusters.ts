/** The group is on no cluster at the moment: it has left one and has not joined the other. */
export class BetweenClusters extends Error {
  override readonly name = 'BetweenClusters';
  readonly retriable = true;

  constructor(groupId: string, what: string, why: string) {
    super(`Group ${groupId} is between two clusters: ${what} ${why}`);
  }
}
