/** The demo, again and again, each in a process of its own; the table of all runs is kept in docs/soak.md. */
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../local/project-root.ts';
import { type DemoRun, renderSoakPage } from './soak-page.ts';

const demo = fileURLToPath(new URL('../demo/main.js', import.meta.url));
const report = join(projectRoot(), '.local/demo-report.json');
const page = join(projectRoot(), 'docs/soak.md');

/** Resolves to the exit code; the first run that is not clean ends it. */
export async function soakDemo(runs: number): Promise<number> {
  const done: DemoRun[] = [];
  for (let i = 1; i <= runs; i++) {
    console.log(`\nRun ${i} of ${runs}`);
    const startedAt = Date.now();
    const exitCode = await runDemo();
    const run = { exitCode, seconds: Math.round((Date.now() - startedAt) / 1_000), report: await readReport() };
    done.push(run);
    await writeFile(page, renderSoakPage(done, new Date().toISOString().slice(0, 10)));
    if (exitCode !== 0) {
      console.error(`Run ${i} ended with code ${exitCode}; the table so far is in docs/soak.md.`);
      return 1;
    }
  }
  console.log(`\n${runs} clean runs; the table is in docs/soak.md.`);
  return 0;
}

function runDemo(): Promise<number> {
  const child = spawn(process.execPath, [demo], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal));
  return new Promise(resolve => child.once('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 1)));
}

async function readReport(): Promise<DemoRun['report']> {
  try {
    return JSON.parse(await readFile(report, 'utf8')) as DemoRun['report'];
  } catch {
    return null;
  }
}
