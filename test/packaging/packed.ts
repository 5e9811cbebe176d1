/**
 * Both packages as npm would publish them, and folders in which npm installs them and nothing of the project is: the command as its
 * page says, for all users of a machine; the clients as applications do; and other Nodes, from npm's registry too.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../local/project-root.ts';
import { blockWith, lineOf } from '../docs/page-lines.ts';

const run = promisify(execFile);

const PAGE = 'docs/aws.md';
/** From npm's cache where it can; nothing that is asked for is needed. */
const QUIETLY = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];

export interface Tarball {
  readonly path: string;
  /** Where it lies unpacked. */
  readonly folder: string;
  /** Every file, relative to the folder. */
  readonly files: readonly string[];
  readonly manifest: Manifest;
}

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly engines: { readonly node: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
}

export interface Packed {
  readonly directory: string;
  readonly orchestrator: Tarball;
  readonly switching: Tarball;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Packs what was built, by the page's commands; nothing is built here. */
export async function packAll(): Promise<Packed> {
  const directory = await mkdtemp(join(tmpdir(), 'packed-'));
  const packed: { name: string; filename: string; files: { path: string }[] }[] = [];
  for (const line of blockWith(PAGE, 'npm pack').filter(command => command.startsWith('npm pack'))) {
    const { stdout } = await run('/bin/sh', ['-c', `${line} --silent --json --pack-destination ${directory}`], {
      cwd: projectRoot(),
      maxBuffer: 64 << 20,
    });
    packed.push(...(JSON.parse(stdout) as typeof packed));
  }
  const tarball = async (name: string): Promise<Tarball> => {
    const found = packed.find(one => one.name === name);
    if (found === undefined) throw new Error(`npm packed ${packed.map(one => one.name).join()}, but no ${name}.`);
    const [path, folder] = [join(directory, found.filename), join(directory, name)];
    await mkdir(folder);
    await run('tar', ['-xzf', path, '-C', folder, '--strip-components=1']);
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
    return { path, folder, files: found.files.map(file => file.path), manifest };
  };
  return {
    directory,
    orchestrator: await tarball('kafka-bluegreen'),
    switching: await tarball('kafka-bluegreen-switching'),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Installs both by the page's command, below a folder of its own instead of the machine's; answers with that folder. */
export async function installForAllUsers(packed: Packed): Promise<string> {
  const prefix = await mkdtemp(join(packed.directory, 'for-all-'));
  const line = lineOf(PAGE, 'npm install --global');
  await run('/bin/sh', ['-c', `${line} --prefix ${prefix} ${QUIETLY.join(' ')}`], { cwd: packed.directory });
  return prefix;
}

/** A folder of its own in which npm installs these tarballs. */
export async function installByNpm(packed: Packed, tarballs: readonly Tarball[]): Promise<string> {
  const folder = await emptyFolder(packed, 'by-npm-');
  await run('npm', ['install', ...QUIETLY, ...tarballs.map(({ path }) => path)], { cwd: folder });
  return folder;
}

/** The path of each of these versions of Node for this machine. */
export async function installNodes(packed: Packed, versions: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const folder = await emptyFolder(packed, 'nodes-');
  const names = new Map(versions.map(version => [`v${version}`, `node-${version.replaceAll('.', '-')}`]));
  const wanted = versions.map(
    version => `${names.get(`v${version}`)}@npm:node-${process.platform}-${process.arch}@${version}`,
  );
  await run('npm', ['install', ...QUIETLY, ...wanted], { cwd: folder });
  return new Map([...names].map(([version, name]) => [version, join(folder, 'node_modules', name, 'bin/node')]));
}

async function emptyFolder({ directory }: Packed, prefix: string): Promise<string> {
  const folder = await mkdtemp(join(directory, prefix));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true }));
  return folder;
}
