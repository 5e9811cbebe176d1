/** Writes what a run leaves below `.local`; what an earlier run left is removed first, so that nobody mistakes it for this one's. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../local/project-root.ts';
import type { DemoRecording } from './report/demo-report.ts';
import { renderDemoReport } from './report/page.ts';
import { renderDemoPicture } from './report/picture.ts';

const folder = join(projectRoot(), '.local');
const figures = join(folder, 'demo-report.json');
const page = join(folder, 'demo-report.html');
const picture = join(folder, 'demo-report.svg');

export async function removeResults(): Promise<void> {
  await Promise.all([figures, page, picture].map(file => rm(file, { force: true })));
}

/** Returns the paths of the files. */
export async function writeResults(recording: DemoRecording): Promise<{ figures: string; page: string }> {
  await mkdir(folder, { recursive: true });
  await writeFile(figures, `${JSON.stringify(recording.report, null, 2)}\n`);
  await writeFile(page, renderDemoReport(recording));
  await writeFile(picture, renderDemoPicture(recording));
  return { figures, page };
}

/** Keeps the picture of a run where a page shows it. */
export async function keepPicture(recording: DemoRecording, file: string): Promise<void> {
  await writeFile(file, renderDemoPicture(recording));
}
