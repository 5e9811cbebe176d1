/** Producers side by side, steady, over a flip and in memory: bench/results/switching.json and docs/switching-bench.md. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../local/project-root.ts';
import { aimsOf } from './switching/aims.ts';
import { startClusters } from './switching/clusters.ts';
import { measureFlips } from './switching/flip.ts';
import { measureHold, measureMemory } from './switching/memory.ts';
import type { Names } from './switching/names.ts';
import { renderSwitchingPage } from './switching/page.ts';
import { renderSwitchingPicture } from './switching/picture.ts';
import type { Plan } from './switching/plan.ts';
import type { SwitchingResults } from './switching/results.ts';
import { measureSteady } from './switching/steady.ts';

const root = projectRoot();
const RECORD = 'kafka.bench.example.com';

export interface SwitchingBench {
  readonly plan: Plan;
  readonly quick: boolean;
  readonly print: (line: string) => void;
}

export async function benchSwitching({ plan, quick, print }: SwitchingBench): Promise<SwitchingResults> {
  const startedMs = performance.now();
  const elapsed = () => (performance.now() - startedMs) / 1_000;
  const say = (line: string) => print(`${elapsed().toFixed(0).padStart(4)} s  ${line}`);
  say('starting two clusters');
  const clusters = await startClusters();
  try {
    const names: Names = { record: RECORD, directory: join(clusters.directory, 'names') };
    await mkdir(names.directory);
    const measuring = { clusters, names, plan, print: say };
    const steady = await measureSteady(measuring);
    const flip = await measureFlips(measuring);
    const memory = await measureMemory(measuring);
    const hold = await measureHold(measuring);
    const { rounds, pacePerSecond, flips, flipPerSecond } = plan;
    const [processor] = cpus();
    return {
      date: new Date().toISOString(),
      machine: { cores: cpus().length, model: processor?.model.trim() ?? 'unknown', node: process.versions.node },
      versions: {
        Kafka: `${clusters.blue.version} and ${clusters.green.version}`,
        kafkajs: await versionOf('kafkajs'),
        '@platformatic/kafka': await versionOf('@platformatic/kafka'),
      },
      quick,
      seconds: Math.round(elapsed()),
      plan: { rounds, pacePerSecond, flips, flipPerSecond },
      steady,
      flip,
      memory,
      hold,
    };
  } finally {
    await clusters.stop();
  }
}

export async function keepResults(results: SwitchingResults): Promise<void> {
  await writeFile(join(root, 'bench/results/switching.json'), `${JSON.stringify(results, null, 2)}\n`);
  await writeFile(join(root, 'docs/switching-bench.md'), renderSwitchingPage(results));
  await writeFile(join(root, 'docs/pictures/switching-bench.svg'), renderSwitchingPicture(results));
}

export function printResults(results: SwitchingResults): void {
  console.table(
    results.steady.map(({ client, messageBytes, messagesPerSecond, p99Ms }) => ({
      client,
      bytes: messageBytes,
      'messages/s': messagesPerSecond,
      'p99 ms': p99Ms,
    })),
  );
  console.table(
    results.flip.map(({ client, stallMs, lost, doubled, reordered }) => ({
      client,
      'stall p50 ms': stallMs.p50,
      'p99 ms': stallMs.p99,
      'max ms': stallMs.max,
      lost,
      doubled,
      reordered,
    })),
  );
  console.table(aimsOf(results).map(({ aim, held, measured }) => ({ aim, held: held ? 'yes' : 'NO', measured })));
}

async function versionOf(name: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8'));
  if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) return 'unknown';
  return String(manifest.version);
}
