/** How to log in to a cluster; secrets are resolved by whoever calls and never leave the process. */
import type { ConnectionOptions as TlsOptions } from 'node:tls';

export interface KafkaSecurity {
  readonly tls?: TlsOptions;
  readonly sasl?: {
    readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
    readonly username: string;
    readonly password: string;
  };
}

/** The same as options of the client; a broker's certificate is checked against the name it was reached by. */
export function connectionSecurity(security: KafkaSecurity | undefined) {
  return {
    ...(security?.tls === undefined ? {} : { tls: security.tls, tlsServerName: true }),
    ...(security?.sasl === undefined ? {} : { sasl: security.sasl }),
  };
}
