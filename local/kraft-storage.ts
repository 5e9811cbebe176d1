/**
 * A KRaft node's disk before its first start: an identity, and the checkpoint with the features of its version. Kafka's
 * own storage tool makes one checkpoint a version and directory; it holds nothing about a node, so every node gets a copy.
 */
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderProperties } from './broker-properties.ts';
import type { Guard } from './guard.ts';
import { jvmArguments, loggingConfiguration } from './jvm.ts';
import { startProgram } from './process.ts';

/** A cluster id as Kafka makes them: 16 bytes in URL-safe base64, never with a leading dash, which tools take for an option. */
export function newClusterId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}

export class KraftStorage {
  readonly #directory: string;
  readonly #guard: Guard;
  readonly #checkpoints = new Map<string, Promise<string>>();

  /** `directory` keeps one formatted disk a version. */
  constructor(directory: string, guard: Guard) {
    this.#directory = directory;
    this.#guard = guard;
  }

  /** Prepares an empty `dataDirectory` for one node. */
  async format(o: { version: string; dataDirectory: string; clusterId: string; nodeId: number }): Promise<void> {
    const checkpoint = await this.#checkpoint(o.version);
    await mkdir(o.dataDirectory, { recursive: true });
    await copyFile(checkpoint, join(o.dataDirectory, 'bootstrap.checkpoint'));
    const identity = {
      version: '1',
      'cluster.id': o.clusterId,
      'node.id': String(o.nodeId),
      'directory.id': newClusterId(),
    };
    await writeFile(join(o.dataDirectory, 'meta.properties'), renderProperties(identity));
  }

  #checkpoint(version: string): Promise<string> {
    let checkpoint = this.#checkpoints.get(version);
    if (checkpoint === undefined) {
      checkpoint = this.#formatOnce(version);
      this.#checkpoints.set(version, checkpoint);
      checkpoint.catch(() => this.#checkpoints.delete(version));
    }
    return checkpoint;
  }

  async #formatOnce(version: string): Promise<string> {
    const folder = join(this.#directory, version);
    await mkdir(folder, { recursive: true });
    const data = join(folder, 'data');
    const config = join(folder, 'server.properties');
    const logging = join(folder, 'logging.properties');
    await writeFile(logging, loggingConfiguration(version));
    await writeFile(
      config,
      renderProperties({
        'process.roles': 'broker,controller',
        'node.id': '1',
        'controller.quorum.voters': '1@127.0.0.1:9093',
        'controller.listener.names': 'CONTROLLER',
        'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
        listeners: 'PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093',
        'log.dirs': data,
      }),
    );
    const tool = await startProgram({
      command: 'java',
      args: jvmArguments({
        version,
        mainClass: 'kafka.tools.StorageTool',
        heapMiB: 64,
        args: ['format', '--ignore-formatted', `--cluster-id=${newClusterId()}`, '-c', config],
        logging,
      }),
      guard: this.#guard,
      directory: folder,
      logFile: join(folder, 'format.log'),
    });
    const end = await tool.exited;
    if (end !== 'exit code 0') {
      throw new Error(`Kafka ${version} could not format a disk (${end}):\n${await tool.tail()}`);
    }
    return join(data, 'bootstrap.checkpoint');
  }
}
