/** Which protocol a group follows, from what ListGroups says of it (KIP-848, KIP-932, KIP-1071 add types beside the classic one). */
import type { GroupType } from '../contract/inventory.ts';

/** `type` is empty before Kafka 3.8; a classic group without members has no protocol type. */
export function groupTypeOf(type: string, protocolType: string): GroupType {
  const lower = type.toLowerCase();
  if (lower === 'consumer' || lower === 'share' || lower === 'streams') return lower;
  if (lower !== 'classic' && lower !== '') return 'unknown';
  if (protocolType === 'connect') return 'connect';
  return protocolType === '' || protocolType === 'consumer' ? 'classic' : 'unknown';
}
