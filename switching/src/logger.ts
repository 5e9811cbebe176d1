/** Where the clients say what they do: anything with pino's argument order. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const write = (level: string, fields: object, message: string) =>
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, ...fields, message })}\n`);

/** One JSON line per warning or error on standard error; nothing below. */
export const standardErrorLogger: Logger = {
  debug() {},
  info() {},
  warn: (fields, message) => void write('warn', fields, message),
  error: (fields, message) => void write('error', fields, message),
};
