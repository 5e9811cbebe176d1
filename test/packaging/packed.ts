/**
 * Both packages as npm would publish them, and a folder in which they are installed and nothing of the project is. npm installs
 * what applications import; for the command, whose dependencies weigh hundreds of megabytes, the packages that it declares are
 * linked from here, and only those.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../local/project-root.ts';

const run = promisify(execFile);

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

/** Packs what was built; nothing is built here. */
export async function packAll(): Promise<Packed> {
  const directory = await mkdtemp(join(tmpdir(), 'packed-'));
  const npm = ['pack', '--ignore-scripts', '--silent', '--json', '--pack-destination', directory, '.', './switching'];
  const { stdout } = await run('npm', npm, { cwd: projectRoot(), maxBuffer: 64 << 20 });
  const packed = JSON.parse(stdout) as { name: string; filename: string; files: { path: string }[] }[];
  const tarball = async (name: string): Promise<Tarball> => {
    const found = packed.find(one => one.name === name);
    if (found === undefined) throw new Error(`npm packed no ${name}: ${stdout.slice(0, 500)}`);
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

/** A folder of its own in which npm installs these tarballs, from its cache where it can. */
export async function installByNpm(packed: Packed, tarballs: readonly Tarball[]): Promise<string> {
  const folder = await emptyFolder(packed, 'by-npm-');
  const options = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...options, ...tarballs.map(({ path }) => path)], { cwd: folder });
  return folder;
}

/** A folder of its own with these tarballs and what they declare; npm itself says whether anything is missing. */
export async function installByLinks(packed: Packed, tarballs: readonly Tarball[]): Promise<string> {
  const folder = await emptyFolder(packed, 'by-links-');
  const own = new Map(tarballs.map(tarball => [tarball.manifest.name, tarball]));
  for (const { path, manifest } of tarballs) {
    const place = join(folder, 'node_modules', manifest.name);
    await mkdir(place, { recursive: true });
    await run('tar', ['-xzf', path, '-C', place, '--strip-components=1']);
    for (const name of Object.keys(manifest.dependencies ?? {})) {
      const link = join(folder, 'node_modules', name);
      if (own.has(name)) continue;
      await mkdir(dirname(link), { recursive: true });
      await symlink(join(projectRoot(), 'node_modules', name), link);
    }
  }
  const dependencies = Object.fromEntries(tarballs.map(({ manifest }) => [manifest.name, manifest.version]));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  return folder;
}

async function emptyFolder({ directory }: Packed, prefix: string): Promise<string> {
  const folder = await mkdtemp(join(directory, prefix));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true }));
  return folder;
}
