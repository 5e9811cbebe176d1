/**
 * Search attributes have to exist on the namespace before a workflow may set them. The worker registers the missing ones where
 * it may; where it may not, it says the command and goes on without them.
 */
import type { Connection } from '@temporalio/client';
import type { Logger } from 'pino';
import { searchAttributeKeys } from '../contract/search-attributes.ts';

/** Temporal's INDEXED_VALUE_TYPE_KEYWORD (api/enums/v1/common.proto). */
const KEYWORD = 2;

/** Names of those that are registered when this returns. */
export async function registerSearchAttributes(
  connection: Connection,
  namespace: string,
  log: Logger,
): Promise<string[]> {
  const wanted = searchAttributeKeys.map(key => key.attribute.name);
  const there = await registered(connection, namespace, log);
  const missing = wanted.filter(name => !there.has(name));
  if (missing.length === 0) return wanted;
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(name => [name, KEYWORD])),
    });
    log.info({ missing }, 'search attributes registered');
    return wanted;
  } catch (error) {
    const commands = missing.map(
      name => `temporal operator search-attribute create --namespace ${namespace} --name ${name} --type Keyword`,
    );
    log.warn(
      { reason: error instanceof Error ? error.message : String(error), commands },
      'search attributes are missing and may not be registered by this worker; it goes on without them',
    );
    return wanted.filter(name => there.has(name));
  }
}

async function registered(connection: Connection, namespace: string, log: Logger): Promise<Set<string>> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return new Set(Object.keys(customAttributes));
  } catch (error) {
    log.warn(
      { reason: error instanceof Error ? error.message : String(error) },
      'search attributes could not be listed',
    );
    return new Set();
  }
}
