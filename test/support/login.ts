/** Users and certificates for a cluster's login listener. */
import { execFile } from 'node:child_process';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { alterUserScramCredentialsV0 } from '@platformatic/kafka';
import type { Cluster } from '../../kafka/cluster.ts';
import { temporaryDirectory } from './cluster.ts';

const SCRAM_SHA_512 = 2;
const ITERATIONS = 4_096;
const KEY_BYTES = 64;

export interface Keystore {
  readonly path: string;
  readonly password: string;
  /** The certificate, for clients to trust. */
  readonly ca: string;
}

/** For brokers at these addresses. */
export async function makeKeystore(...addresses: readonly string[]): Promise<Keystore> {
  const directory = await temporaryDirectory('keys-');
  const [path, certificate, password] = [join(directory, 'broker.p12'), join(directory, 'broker.pem'), 'secret'];
  const keytool = (...args: string[]) =>
    promisify(execFile)('keytool', [...args, '-alias', 'broker', '-keystore', path, '-storepass', password]);
  await keytool(
    '-genkeypair',
    '-keyalg',
    'EC',
    '-storetype',
    'PKCS12',
    '-dname',
    'CN=broker',
    '-validity',
    '2',
    '-ext',
    `san=${addresses.map(address => `ip:${address}`).join()}`,
  );
  await keytool('-exportcert', '-rfc', '-file', certificate);
  return { path, password, ca: await readFile(certificate, 'utf8') };
}

/** Null takes the user away. */
export async function setPassword(cluster: Cluster, name: string, password: string | null): Promise<void> {
  const connection = await cluster.anyConnection();
  if (password === null) {
    await alterUserScramCredentialsV0.api.async(connection, [{ name, mechanism: SCRAM_SHA_512 }], []);
    return;
  }
  const salt = randomBytes(16);
  const saltedPassword = pbkdf2Sync(password, salt, ITERATIONS, KEY_BYTES, 'sha512');
  const user = { name, mechanism: SCRAM_SHA_512, iterations: ITERATIONS, salt, saltedPassword };
  await alterUserScramCredentialsV0.api.async(connection, [], [user]);
}
