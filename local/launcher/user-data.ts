/**
 * What the template tells a broker's instance: one JSON object on a line of its user data. The image of the local cloud
 * boots from it, as the top of the template asks of every image.
 */
import { z } from 'zod';

const common = {
  'kafka-node': z.literal(1),
  kafkaVersion: z.string(),
  brokerId: z.number().int(),
  address: z.ipv4(),
  clusterName: z.string(),
  rackId: z.string(),
  signalUrl: z.url(),
};
const schema = z.discriminatedUnion('metadataMode', [
  z.object({ ...common, metadataMode: z.literal('kraft'), controllers: z.string(), clusterId: z.string() }),
  z.object({ ...common, metadataMode: z.literal('zookeeper'), zooKeeperConnect: z.string() }),
]);

export type BrokerBoot = z.output<typeof schema>;

export type UserData =
  | { readonly kind: 'broker'; readonly boot: BrokerBoot }
  /** It has no such line: an instance of something else. */
  | { readonly kind: 'other' }
  | { readonly kind: 'malformed'; readonly reason: string };

/** Reads user data as EC2 gives it back: in base64. */
export function readUserData(base64: string): UserData {
  const text = Buffer.from(base64, 'base64').toString('utf8');
  const line = text.split('\n').find(candidate => candidate.startsWith('{"kafka-node"'));
  if (line === undefined) return { kind: 'other' };
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return { kind: 'malformed', reason: `The line is not JSON: ${line}` };
  }
  const parsed = schema.safeParse(json);
  return parsed.success
    ? { kind: 'broker', boot: parsed.data }
    : { kind: 'malformed', reason: z.prettifyError(parsed.error).replaceAll('\n', ' ') };
}
