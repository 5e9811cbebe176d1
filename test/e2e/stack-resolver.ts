/** Names of a stack for library clients in the test's own process, which looks names up elsewhere: signposts with plain addresses. */
import { Resolver } from 'node:dns/promises';
import type { LocalStack } from '../../local/stack.ts';
import { addressOf } from './deployment.ts';

export class StackResolver {
  readonly #local: LocalStack;
  readonly #resolver = new Resolver();

  constructor(local: LocalStack) {
    this.#local = local;
    this.#resolver.setServers([local.dns.resolver]);
  }

  /** As `node:dns` answers, each `host:port` in the text as an address of the stack. */
  async resolveTxt(name: string): Promise<string[][]> {
    const values = await this.#resolver.resolveTxt(name);
    return Promise.all(values.map(async parts => [await this.#withAddresses(parts.join(''))]));
  }

  async #withAddresses(signpost: string): Promise<string> {
    const pairs = signpost.split(' ').map(async pair => {
      const [, key, hostPort] = /^([^=]+)=(\S+:\d+)$/.exec(pair) ?? [];
      return key === undefined || hostPort === undefined ? pair : `${key}=${await addressOf(this.#local, hostPort)}`;
    });
    return (await Promise.all(pairs)).join(' ');
  }
}
