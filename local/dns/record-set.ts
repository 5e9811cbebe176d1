/** Records of one name and type, as the authoritative server keeps them. */
export interface RecordSet {
  /** Lower case, without trailing dot. */
  readonly name: string;
  readonly type: string;
  readonly ttlSeconds: number;
  /** In Route 53's notation. */
  readonly values: readonly string[];
  /** The name an alias record stands for; its address is then the answer. */
  readonly alias?: string | undefined;
}
