/** Addresses behind names of a run, asked of the run's own resolver: the machine's knows nothing of them. */
import { Resolver } from 'node:dns/promises';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The addresses behind `name:port`; an error names the name and the resolver that was asked. */
export async function resolveBootstrap(bootstrap: string, resolver: string): Promise<readonly Address[]> {
  const [name = '', port = ''] = bootstrap.split(':');
  const dns = new Resolver({ timeout: 2_000, tries: 3 });
  dns.setServers([resolver]);
  try {
    return (await dns.resolve4(name)).map(host => ({ host, port: Number(port) }));
  } catch (error) {
    throw new Error(`The resolver ${resolver} has no address for ${name}.`, { cause: error });
  }
}
