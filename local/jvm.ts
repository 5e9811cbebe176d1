/** Kafka's programs as this machine runs them: small heaps, the quick compiler, and a class-data archive where there is one. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project-root.ts';

export interface JavaProgram {
  readonly kafkaVersion: string;
  readonly mainClass: string;
  readonly args: readonly string[];
  /** Names are looked up here and nowhere else. */
  readonly hostsFile?: string;
  readonly heapMiB?: number;
}

const kafkaFolder = (version: string) => join(projectRoot(), '.tools/kafka', version);

/** Whether this version's jars are there. */
export function kafkaInstalled(version: string): boolean {
  return /^[\d.]+$/.test(version) && existsSync(join(kafkaFolder(version), 'libs'));
}

/** Arguments of `java`. */
export function javaArguments(program: JavaProgram): string[] {
  const folder = kafkaFolder(program.kafkaVersion);
  const archive = `${folder}.jsa`;
  return [
    `-Xmx${program.heapMiB ?? 128}m`,
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    '-XX:-UsePerfData',
    ...(existsSync(archive) ? [`-XX:SharedArchiveFile=${archive}`, '-Xshare:auto'] : []),
    ...(program.hostsFile === undefined
      ? []
      : [`-Djdk.net.hosts.file=${program.hostsFile}`, '-Dsun.net.inetaddr.ttl=1']),
    ...logging(program.kafkaVersion),
    '-cp',
    join(folder, 'libs', '*'),
    program.mainClass,
    ...program.args,
  ];
}

/** Kafka 4 logs by log4j 2, 3.9 by reload4j; both are told to say warnings on standard output. */
function logging(version: string): string[] {
  const resources = join(projectRoot(), 'local/logging');
  return version.startsWith('3.')
    ? [`-Dlog4j.configuration=file:${join(resources, 'log4j.properties')}`]
    : [`-Dlog4j2.configurationFile=${join(resources, 'log4j2.properties')}`];
}
