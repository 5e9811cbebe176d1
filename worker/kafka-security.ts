/** Kafka logins: secrets are named in the configuration, resolved here, and never leave the worker. */
import type { KafkaConfig } from 'kafkajs';
import { resolveSecret } from '../aws/secrets.ts';
import type { KafkaSecurity } from '../kafka/cluster.ts';
import type { SecurityNames } from './configuration.ts';

export interface Logins {
  readonly admin: KafkaSecurity;
  /** The same for kafkajs, with which the smoke test speaks as an application does. */
  readonly kafkajs: Pick<KafkaConfig, 'ssl' | 'sasl'>;
}

export async function resolveLogins(names: SecurityNames | null): Promise<Logins> {
  if (names === null) return { admin: {}, kafkajs: {} };
  const tls = names.tls && (names.tls.ca === undefined ? {} : { ca: await resolveSecret(names.tls.ca) });
  const sasl = names.sasl && {
    mechanism: names.sasl.mechanism,
    username: await resolveSecret(names.sasl.username),
    password: await resolveSecret(names.sasl.password),
  };
  return {
    admin: { ...(tls && { tls }), ...(sasl && { sasl }) },
    kafkajs: { ...(tls && { ssl: tls }), ...(sasl && { sasl: kafkajsLogin(sasl) }) },
  };
}

function kafkajsLogin(sasl: NonNullable<KafkaSecurity['sasl']>): NonNullable<KafkaConfig['sasl']> {
  const { username, password } = sasl;
  switch (sasl.mechanism) {
    case 'PLAIN':
      return { mechanism: 'plain', username, password };
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', username, password };
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', username, password };
  }
}
