/**
 * How a Kafka program is run here: the version's own jars, small and quick rather than fast. The class-data archive halves
 * the start; the JVM ignores one that does not fit the jars.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project-root.ts';

export interface JvmOptions {
  readonly version: string;
  readonly mainClass: string;
  readonly heapMiB: number;
  readonly args: readonly string[];
  /** The only names this JVM knows, with their addresses; re-read by the JVM at every look-up. */
  readonly hostsFile?: string | undefined;
  /** Where log4j (Kafka 3) or log4j 2 (Kafka 4) is configured. */
  readonly logging: string;
}

const kafkaFolder = () => join(projectRoot(), '.tools/kafka');

/** The versions whose jars are installed. */
export function installedVersions(): string[] {
  const folder = kafkaFolder();
  return existsSync(folder) ? readdirSync(folder).filter(name => existsSync(join(folder, name, 'libs'))) : [];
}

/** The arguments of `java`. An error names the versions there are when the asked-for one is not installed. */
export function jvmArguments({ version, mainClass, heapMiB, args, hostsFile, logging }: JvmOptions): string[] {
  const installed = installedVersions();
  if (!installed.includes(version)) {
    throw new Error(`Kafka ${version} is not installed in this image; it has ${installed.join(' and ') || 'none'}.`);
  }
  return [
    `-Xmx${heapMiB}m`,
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    '-XX:-UsePerfData',
    '-Xshare:auto',
    `-XX:SharedArchiveFile=${join(kafkaFolder(), `${version}.jsa`)}`,
    '-Djava.awt.headless=true',
    ...(hostsFile === undefined ? [] : [`-Djdk.net.hosts.file=${hostsFile}`, '-Dsun.net.inetaddr.ttl=10']),
    `-Dlog4j.configuration=file:${logging}`,
    `-Dlog4j2.configurationFile=${logging}`,
    '-cp',
    join(kafkaFolder(), version, 'libs/*'),
    mainClass,
    ...args,
  ];
}

/** Warnings and errors, in the language of the version's logging library; a tool's own output is kept apart from them. */
export function loggingConfiguration(version: string, to: 'stdout' | 'stderr' = 'stdout'): string {
  const pattern = '%d{ISO8601} %p %m (%c)%n';
  const lines = version.startsWith('3.')
    ? [
        'log4j.rootLogger=WARN, out',
        'log4j.appender.out=org.apache.log4j.ConsoleAppender',
        `log4j.appender.out.Target=${to === 'stdout' ? 'System.out' : 'System.err'}`,
        'log4j.appender.out.layout=org.apache.log4j.PatternLayout',
        `log4j.appender.out.layout.ConversionPattern=${pattern}`,
      ]
    : [
        'rootLogger.level=WARN',
        'rootLogger.appenderRefs=out',
        'rootLogger.appenderRef.out.ref=out',
        'appender.out.type=Console',
        'appender.out.name=out',
        `appender.out.target=${to === 'stdout' ? 'SYSTEM_OUT' : 'SYSTEM_ERR'}`,
        'appender.out.layout.type=PatternLayout',
        `appender.out.layout.pattern=${pattern}`,
      ];
  return `${lines.join('\n')}\n`;
}
