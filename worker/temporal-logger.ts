/** Temporal's log lines in the worker's own log. */
import type { LogMetadata, Logger as TemporalLogger } from '@temporalio/worker';
import type { Logger } from 'pino';

export function temporalLogger(log: Logger): TemporalLogger {
  const at = (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') => (message: string, meta?: LogMetadata) =>
    log[level](plain(meta), message);
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    log: (level, message, meta) => at(level.toLowerCase() as 'info')(message, meta),
  };
}

/** Metadata may hold bigints (token, time stamps), which JSON does not know. */
function plain(meta: LogMetadata | undefined): object {
  return Object.fromEntries(
    Object.entries(meta ?? {}).map(([key, value]) => [key, typeof value === 'bigint' ? String(value) : value]),
  );
}
