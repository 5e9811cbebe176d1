/** Who speaks, when nobody says: the person a CI job runs for, or the user of this machine. A claim, as every `by`. */
import { userInfo } from 'node:os';

const variables = ['KAFKA_BLUEGREEN_BY', 'GITHUB_ACTOR', 'GITLAB_USER_LOGIN'] as const;

export function personOf(environment: Readonly<Record<string, string | undefined>>): string {
  const named = variables.map(name => environment[name]?.trim() ?? '').find(value => value !== '');
  return named ?? userInfo().username;
}
