import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { requestFileSchema } from '../request-schema.ts';

export function addSchema(program: Command, context: Context): void {
  program
    .command('schema')
    .description('print the JSON Schema of a request, for editors')
    .action(() => {
      context.printJson(requestFileSchema());
    });
}
