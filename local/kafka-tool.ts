/** Kafka's own command line tools, by their main classes, with names from the run's hosts file. */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Guard, RUN_VARIABLE } from './guard.ts';
import { jvmArguments, loggingConfiguration } from './jvm.ts';

const HEAP_MIB = 128;

export interface ToolResult {
  /** The exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface KafkaTool {
  readonly version: string;
  readonly mainClass: string;
  readonly args: readonly string[];
  readonly hostsFile: string;
  readonly directory: string;
  readonly guard: Guard;
}

export async function runKafkaTool({ directory, guard, ...tool }: KafkaTool): Promise<ToolResult> {
  const logging = join(directory, `tool-logging-${tool.version}.properties`);
  await writeFile(logging, loggingConfiguration(tool.version, 'stderr'));
  const child = spawn('java', jvmArguments({ ...tool, heapMiB: HEAP_MIB, logging }), {
    cwd: directory,
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LANG: 'C.UTF-8', [RUN_VARIABLE]: guard.runId },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}
