/** The whole environment of a run's Node programs: built from the run, so that nothing of the starter's reaches them. */
import { join } from 'node:path';
import { awsEnvironment } from './aws-clients.ts';
import { RUN_VARIABLE } from './guard.ts';
import { projectRoot } from './project-root.ts';

export interface RunAddresses {
  readonly runId: string;
  readonly directory: string;
  readonly awsEndpoint: string;
  readonly temporalAddress: string;
  /** The caching resolver, `host:port`. */
  readonly resolver: string;
}

export function runEnvironment(run: RunAddresses): Record<string, string> {
  const root = projectRoot();
  return {
    PATH: `${join(root, '.tools/bin')}:${process.env['PATH'] ?? '/usr/bin:/bin'}`,
    HOME: run.directory,
    LANG: 'C.UTF-8',
    [RUN_VARIABLE]: run.runId,
    ...awsEnvironment(run.awsEndpoint),
    TEMPORAL_ADDRESS: run.temporalAddress,
    KAFKA_BLUEGREEN_EVIDENCE: `file:${join(run.directory, 'evidence')}`,
    KAFKA_BLUEGREEN_DNS_SERVERS: run.resolver,
    KAFKA_BLUEGREEN_RESOLVER: run.resolver,
    NODE_OPTIONS: `--require ${JSON.stringify(join(root, 'local/resolve.cjs'))}`,
  };
}
