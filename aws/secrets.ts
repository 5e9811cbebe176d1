/**
 * Secrets by name, resolved in the worker only: `env:NAME` or `file:/absolute/path`. Errors name the secret, never its
 * content.
 */
import { readFile } from 'node:fs/promises';
import { AwsRefused } from './errors.ts';
import { isSecretName } from './parameters.ts';

/** The secret's text; a file's single trailing line end is not part of it. Refuses (`SecretMissing`) what is not there. */
export async function resolveSecret(
  name: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> {
  if (!isSecretName(name))
    throw new AwsRefused('SecretMissing', 'A secret must be named env:NAME or file:/absolute/path; it is neither.');
  const text = name.startsWith('env:') ? environment[name.slice('env:'.length)] : await readSecretFile(name);
  if (text === undefined || text === '')
    throw new AwsRefused('SecretMissing', `The secret ${name} is not set where the worker runs; set it and try again.`);
  return text;
}

async function readSecretFile(name: string): Promise<string> {
  try {
    return (await readFile(name.slice('file:'.length), 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new AwsRefused(
      'SecretMissing',
      `The secret ${name} cannot be read where the worker runs (${code}); put it there and try again.`,
      error,
    );
  }
}
