/**
 * A hosts file for programs that cannot be pointed at a resolver, such as JVMs (`jdk.net.hosts.file`): every name that has
 * an address now. Replaced as a whole, so that nobody reads half of it.
 */
import { rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { addressesByName, type Names } from './names.ts';

export class HostsFile {
  readonly #file: string;
  #written: string | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** Writes only when something changed. */
  async follow(names: Names): Promise<void> {
    const text = hostsText(names);
    if (text === this.#written) return;
    const next = `${this.#file}.next`;
    await writeFile(next, text);
    await rename(next, this.#file);
    this.#written = text;
  }
}

/** In alphabetical order; the machine's own name is among them, which a JVM looks up for itself. */
export function hostsText(names: Names): string {
  const addresses = [...addressesByName(names)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const lines = addresses.map(([name, address]) => `${address} ${name}`);
  return `${[`127.0.0.1 localhost ${hostname()}`, ...lines].join('\n')}\n`;
}
