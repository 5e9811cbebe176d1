import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { SessionOptions } from '../session.ts';
import { addFollowOptions, type FollowOptions, follow } from './follow.ts';

export function addWatch(program: Command, context: Context): void {
  const command = program
    .command('watch')
    .description('follow the newest deployment of a cluster, a line for everything that changes')
    .argument('<cluster>');
  addFollowOptions(command).action(async (cluster: string, options: FollowOptions) => {
    await context.withSession(program.opts<SessionOptions>(), session => follow(context, session, cluster, options));
  });
}
