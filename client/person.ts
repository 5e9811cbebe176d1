/** Who speaks, when nobody says: the person a CI job runs for, or the user of this machine. A claim, as every `by`. */
import { userInfo } from 'node:os';
import { ExitCode } from '../contract/exit-codes.ts';
import { CommandError } from './command-error.ts';

const variables = ['KAFKA_BLUEGREEN_BY', 'GITHUB_ACTOR', 'GITLAB_USER_LOGIN'] as const;

/** Refuses where nobody is known: a container's user need not have a name. */
export function personOf(
  environment: Readonly<Record<string, string | undefined>>,
  user: () => string = () => userInfo().username,
): string {
  const named = variables.map(name => environment[name]?.trim() ?? '').find(value => value !== '');
  return named ?? userOf(user);
}

function userOf(user: () => string): string {
  try {
    return user();
  } catch (error) {
    throw new CommandError(
      ExitCode.Refused,
      'Nobody is known to speak here: the user of this process has no name. Say who: --by <person>, or set KAFKA_BLUEGREEN_BY.',
      { cause: error },
    );
  }
}
