/** The worker's login to Kafka: secrets are named in the configuration, resolved here, and never leave the worker. */
import { resolveSecret } from '../aws/secrets.ts';
import type { KafkaSecurity } from '../kafka/cluster.ts';
import type { SecurityNames } from './configuration.ts';

export async function resolveLogin(names: SecurityNames | null): Promise<KafkaSecurity> {
  if (names === null) return {};
  const tls = names.tls && (names.tls.ca === undefined ? {} : { ca: await resolveSecret(names.tls.ca) });
  const sasl = names.sasl && {
    mechanism: names.sasl.mechanism,
    username: await resolveSecret(names.sasl.username),
    password: await resolveSecret(names.sasl.password),
  };
  return { ...(tls && { tls }), ...(sasl && { sasl }) };
}
