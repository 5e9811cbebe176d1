/** Kafka's own tools as producers: ProducerPerformance floods and paces, VerifiableProducer tells every acknowledgement. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { guardOfThisProcess, RUN_VARIABLE } from '../../local/guard.ts';
import { jvmArguments, loggingConfiguration } from '../../local/jvm.ts';
import { runKafkaTool } from '../../local/kafka-tool.ts';

const VERSION = '4.3.1';
const HEAP_MIB = 256;
/** Until the JVM has compiled what it runs; not counted. */
const WARM_UP = 0.3;

export interface Performance {
  readonly messagesPerSecond: number;
  readonly p99Ms: number;
}

/** Of the records after the warm-up. A `throughput` of -1 is none. */
export async function javaPerformance(
  directory: string,
  {
    bootstrap,
    topic,
    records,
    messageBytes,
    throughput,
  }: {
    readonly bootstrap: string;
    readonly topic: string;
    readonly records: number;
    readonly messageBytes: number;
    readonly throughput: number;
  },
): Promise<Performance> {
  const { code, stdout, stderr } = await runKafkaTool({
    version: VERSION,
    mainClass: 'org.apache.kafka.tools.ProducerPerformance',
    args: [
      '--topic',
      topic,
      '--record-size',
      `${messageBytes}`,
      '--throughput',
      `${throughput}`,
      '--num-records',
      `${records}`,
      '--warmup-records',
      `${Math.floor(records * WARM_UP)}`,
      '--bootstrap-server',
      bootstrap,
      '--command-property',
      'acks=all',
      'enable.idempotence=true',
    ],
    hostsFile: await noNames(directory),
    directory,
    guard: guardOfThisProcess(),
  });
  const told = /steady state records sent, ([\d.]+) records\/sec.* (\d+) ms 99th/.exec(stdout);
  if (code !== 0 || told === null) throw new Error(`ProducerPerformance ended with code ${code}: ${stdout}${stderr}`);
  return { messagesPerSecond: Number(told[1]), p99Ms: Number(told[2]) };
}

export interface JavaAcknowledgement {
  readonly key: string;
  readonly sequence: number;
  readonly atMs: number;
}

/** A Java application that writes `prefix.sequence` at a pace until SIGTERM, at which it delivers what it has and ends. */
export class JavaWriter {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #read: Promise<void>;

  private constructor(child: ChildProcess, onAcknowledged: (one: JavaAcknowledgement) => void) {
    this.#child = child;
    this.#exited = once(child, 'exit');
    this.#read = readAcknowledgements(child, onAcknowledged);
  }

  static async start(
    directory: string,
    {
      bootstrap,
      topic,
      prefix,
      keys,
      perSecond,
    }: {
      readonly bootstrap: string;
      readonly topic: string;
      readonly prefix: number;
      readonly keys: number;
      readonly perSecond: number;
    },
    onAcknowledged: (one: JavaAcknowledgement) => void,
  ): Promise<JavaWriter> {
    const logging = join(directory, 'writer-logging.properties');
    const settings = join(directory, 'writer.properties');
    await writeFile(logging, loggingConfiguration(VERSION, 'stderr'));
    // The tool's own default is to try once.
    await writeFile(settings, 'enable.idempotence=true\nretries=2147483647\n');
    const args = [
      '--topic',
      topic,
      '--bootstrap-server',
      bootstrap,
      '--throughput',
      `${perSecond}`,
      '--acks',
      '-1',
      '--value-prefix',
      `${prefix}`,
      '--repeating-keys',
      `${keys}`,
      '--command-config',
      settings,
    ];
    const mainClass = 'org.apache.kafka.tools.VerifiableProducer';
    const hostsFile = await noNames(directory);
    const jvm = jvmArguments({ version: VERSION, mainClass, heapMiB: HEAP_MIB, args, hostsFile, logging });
    const child = spawn('java', jvm, {
      cwd: directory,
      env: {
        PATH: process.env['PATH'] ?? '/usr/bin:/bin',
        LANG: 'C.UTF-8',
        [RUN_VARIABLE]: guardOfThisProcess().runId,
      },
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    return new JavaWriter(child, onAcknowledged);
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#exited;
    await this.#read;
  }
}

async function readAcknowledgements(child: ChildProcess, tell: (one: JavaAcknowledgement) => void): Promise<void> {
  if (child.stdout === null) return;
  for await (const line of createInterface({ input: child.stdout })) {
    const told: unknown = JSON.parse(line);
    if (typeof told !== 'object' || told === null || !('key' in told && 'value' in told && 'timestamp' in told))
      continue;
    if ('name' in told && told.name !== 'producer_send_success') continue;
    const sequence = Number(String(told.value).split('.')[1]);
    tell({ key: String(told.key), sequence, atMs: Number(told.timestamp) });
  }
}

/** Addresses are all these programs are given. */
async function noNames(directory: string): Promise<string> {
  const file = join(directory, 'hosts');
  await writeFile(file, '127.0.0.1 localhost\n');
  return file;
}
