/** What a cluster does not tell this client until somebody grants it a right. */
export class RightMissing extends Error {
  override readonly name = 'RightMissing';

  /** `what` completes "does not tell". */
  constructor(right: 'READ', topic: string, what: string) {
    super(
      `the cluster does not tell this client ${what}: grant its user ${right} on topic ${topic} (kafka-acls.sh --add --operation ${right} --topic ${topic})`,
    );
  }
}
