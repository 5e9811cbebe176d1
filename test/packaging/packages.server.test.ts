/**
 * What npm would publish, used as its users will: installed in an empty folder, run, imported, type-checked. Whatever is
 * missing from a package, or only works inside the project, fails here.
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import type { Diagnosis } from '../../contract/diagnosis.ts';
import { projectRoot } from '../../local/project-root.ts';
import { startLocalServer } from '../support/temporal.ts';
import { installByNpm, installForAllUsers, installNodes, type Packed, packAll } from './packed.ts';

const run = promisify(execFile);

/** The oldest Node that the switching clients are for, and the newest there was; this one is tried, too. */
const OTHER_NODES = ['20.19.0', '26.12.1'] as const;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

let packed: Packed;
/** Where the command is installed for all users, the folder of what is installed there, and where the clients are installed. */
let prefix: string;
let operator: string;
let application: string;
let nodes: ReadonlyMap<string, string>;

before(async () => {
  packed = await packAll();
  [prefix, application, nodes] = await Promise.all([
    installForAllUsers(packed),
    installByNpm(packed, [packed.switching]),
    installNodes(packed, OTHER_NODES),
  ]);
  nodes = new Map([...nodes, [process.version, process.execPath]]);
  operator = join(prefix, 'lib');
});
after(() => packed[Symbol.asyncDispose]());

const both = () => [packed.orchestrator, packed.switching];

describe('what is packed', () => {
  test('holds its licence and its README, and no test, no demo, no local stack', () => {
    for (const { manifest, files } of both()) {
      for (const file of ['LICENSE', 'README.md', 'package.json'])
        assert.ok(files.includes(file), `${manifest.name} lacks ${file}`);
      const strangers = files.filter(file =>
        /(^|\/)(test|local|demo|bench|setup|node_modules|\.[^/]+)\/|\.test\.|\.tgz$/.test(file),
      );
      assert.deepEqual(strangers, [], manifest.name);
    }
  });

  test('names no place of the machine that built it, in the workflow bundle’s source map neither', async () => {
    const bundle = await readFile(join(packed.orchestrator.folder, 'dist/workflow-bundle.js'), 'utf8');
    const map = Buffer.from(bundle.slice(bundle.lastIndexOf('base64,') + 7), 'base64').toString();
    assert.match(map, /"sources":/);
    assert.ok(!map.includes(projectRoot()));
    for (const { folder, files } of both())
      for (const file of files)
        assert.ok(
          !(await readFile(join(folder, file), 'utf8')).includes(projectRoot()),
          `${file} names the project's place`,
        );
  });

  test('holds the source that every source map names', async () => {
    for (const { folder, files } of both())
      for (const file of files.filter(name => name.endsWith('.js.map'))) {
        const { sources } = JSON.parse(await readFile(join(folder, file), 'utf8')) as { sources: string[] };
        for (const source of sources) assert.ok(existsSync(join(folder, dirname(file), source)), `${file}: ${source}`);
      }
  });

  test('holds everything that its pages link to; only tests are in a clone alone', async () => {
    for (const { folder, files } of both()) {
      const pages = files.filter(file => file.endsWith('.md'));
      assert.ok(pages.length >= 2);
      for (const page of pages)
        for (const [, link = ''] of (await readFile(join(folder, page), 'utf8')).matchAll(/\]\(([^)\s#]+)[^)]*\)/g)) {
          if (/^[a-z]+:/.test(link)) continue;
          const target = join(dirname(page), link);
          const there = target.startsWith('test/') ? join(projectRoot(), target) : join(folder, target);
          assert.ok(existsSync(there), `${page} links to ${link}`);
        }
    }
  });

  test('gives types wherever it is imported from, and nothing that publint objects to', async () => {
    for (const { manifest, path } of both()) {
      const data = new Uint8Array(await readFile(path));
      const { messages } = await publint({ pack: { tarball: data.buffer }, strict: true });
      assert.deepEqual(messages, [], manifest.name);
      const checked = await checkPackage(createPackageFromTarballData(data));
      assert.ok(checked.types !== false, manifest.name);
      // ES modules only, which CommonJS may require on every Node that the packages are for: that it does, and compiles, is shown below.
      const wrong = checked.problems.filter(
        problem => problem.kind !== 'CJSResolvesToESM' || problem.resolutionKind !== 'node16-cjs',
      );
      assert.deepEqual(wrong, [], manifest.name);
    }
  });
});

describe('the switching clients, installed by npm', () => {
  test('bring kafkajs, three decoders of compressed records, and nothing else', () => {
    assert.deepEqual(
      readdirSync(join(application, 'node_modules')).filter(name => !name.startsWith('.')),
      ['fzstd', 'kafka-bluegreen-switching', 'kafkajs', 'lz4js', 'snappyjs'],
    );
  });

  const seen = 'console.log(typeof BlueGreenConsumer, typeof BlueGreenProducer, typeof parseSignpost);';
  const programs: Readonly<Record<string, readonly string[]>> = {
    import: [
      '--input-type=module',
      '--eval',
      `import { BlueGreenConsumer, BlueGreenProducer } from 'kafka-bluegreen-switching';
       import { parseSignpost } from 'kafka-bluegreen-switching/signpost'; ${seen}`,
    ],
    require: [
      '--eval',
      `const { BlueGreenConsumer, BlueGreenProducer } = require('kafka-bluegreen-switching');
       const { parseSignpost } = require('kafka-bluegreen-switching/signpost'); ${seen}`,
    ],
  };
  for (const version of new Set([...OTHER_NODES.map(other => `v${other}`), process.version]))
    for (const [how, program] of Object.entries(programs))
      test(`load by ${how} on Node ${version}, without a warning`, async () => {
        const node = nodes.get(version) ?? '';
        assert.equal((await run(node, ['--version'])).stdout.trim(), version);
        const { stdout, stderr } = await run(node, program, { cwd: application });
        assert.deepEqual({ stdout, stderr }, { stdout: 'function function function\n', stderr: '' });
      });

  for (const [file, module, moduleResolution] of [
    ['example.mts', 'nodenext', 'nodenext'],
    ['example.mts', 'esnext', 'bundler'],
    ['example.cts', 'nodenext', 'nodenext'],
    ['example.cts', 'node20', 'node16'],
  ] as const)
    test(`let their README's example compile as ${file} with every library checked, as ${module} resolved as ${moduleResolution}`, async () => {
      const readme = await readFile(join(packed.switching.folder, 'README.md'), 'utf8');
      const [, example = ''] = /```ts\n([^]*?)```/.exec(readme) ?? [];
      assert.match(example, /new BlueGreenProducer/);
      // CommonJS has no await at its top.
      const [imports, rest] = [example.match(/^import .*$/gm) ?? [], example.replaceAll(/^import .*$/gm, '')];
      const inFunction = `${imports.join('\n')}\nexport async function main() {\n${rest}\n}\n`;
      await writeFile(join(application, file), file.endsWith('.cts') ? inFunction : example);
      const flags = ['--noEmit', '--strict', '--target', 'es2022', '--types', 'node', '--typeRoots'];
      const types = join(projectRoot(), 'node_modules/@types');
      const tsc = join(projectRoot(), 'node_modules/typescript/bin/tsc');
      const options = [...flags, types, '--module', module, '--moduleResolution', moduleResolution];
      const ended = await endOf(process.execPath, [tsc, ...options, file], application);
      assert.deepEqual(ended, { code: 0, out: '', err: '' });
    });
});

describe('the command', () => {
  const command = (...args: string[]) => [
    join(operator, 'node_modules/kafka-bluegreen', packed.orchestrator.manifest.bin?.['kafka-bluegreen'] ?? ''),
    ...args,
  ];
  const say = (...args: string[]) => endOf(process.execPath, command(...args), operator);

  test('is packed and installed by the commands of the page, and is then on the PATH', async () => {
    const environment = { PATH: [join(prefix, 'bin'), dirname(process.execPath), process.env['PATH']].join(delimiter) };
    const { code, out } = await endOf('/bin/sh', ['-c', 'kafka-bluegreen --help'], packed.directory, environment);
    assert.equal(code, 0);
    assert.match(out, /^Usage: kafka-bluegreen /);
  });

  test('lacks no dependency, and none has another version than it declares', async () => {
    const { code, out, err } = await endOf('npm', ['ls', '--global', '--prefix', prefix, '--depth=1'], operator);
    assert.equal(code, 0, out + err);
  });

  test('is a program that the shell can start, and says what it can do', async () => {
    const [file = ''] = command();
    assert.match(await readFile(file, 'utf8'), /^#!\/usr\/bin\/env node\n/);
    const { code, out } = await say('--help');
    assert.equal(code, 0);
    for (const word of ['plan', 'start', 'worker', 'doctor', 'Exit codes']) assert.ok(out.includes(word), word);
  });

  test('prints the schema of a request', async () => {
    const { code, out } = await say('schema');
    assert.equal(code, 0);
    assert.equal((JSON.parse(out) as { type: string }).type, 'object');
  });

  test('refuses a request that cannot work with exit code 2, every problem named', async () => {
    await writeFile(join(operator, 'request.yaml'), 'cluster: orders\nrecrod: kafka.orders.example.com\n');
    const { code, err } = await say('plan', 'request.yaml');
    assert.equal(code, 2);
    for (const key of ['recrod', 'requestedBy', 'blue', 'green']) assert.match(err, new RegExp(`^- ${key}: `, 'm'));
  });

  test('ends like any program whose reader has gone, without a word', async () => {
    const child = spawn(process.execPath, command('schema'), { cwd: operator, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const said = text(child.stderr);
    const [code] = (await once(child, 'close')) as [number | null];
    assert.deepEqual({ code, said: await said }, { code: 128 + 13, said: '' });
  });

  test('gives programs a typed client, and nothing else to lean on', async () => {
    const program = (from: string) => [
      '--input-type=module',
      '--eval',
      `console.log(Object.keys(await import('${from}')))`,
    ];
    const { stdout } = await run(process.execPath, program('kafka-bluegreen/client'), { cwd: operator });
    assert.equal(stdout, "[ 'DeploymentClient' ]\n");
    const { code, err } = await endOf(process.execPath, program('kafka-bluegreen/dist/worker/main.js'), operator);
    assert.equal(code, 1);
    assert.match(err, /ERR_PACKAGE_PATH_NOT_EXPORTED/);
  });

  test('is a worker that refuses a configuration that cannot work, every problem named', async () => {
    const environment = { KAFKA_BLUEGREEN_LOG_LEVEL: 'loud', KAFKA_BLUEGREEN_STACK_ROLE: 'maker' };
    const { code, err } = await endOf(process.execPath, command('worker'), operator, environment);
    assert.equal(code, 2);
    for (const name of ['EVIDENCE', 'LOG_LEVEL', 'STACK_ROLE'])
      assert.match(err, new RegExp(`^- KAFKA_BLUEGREEN_${name}: `, 'm'));
  });

  test('is a worker that starts, runs the workflows it was packed with, and ends when it is told to', async () => {
    // Whoever asks AWS is told no at once: what is looked at here is the package.
    const aws = createServer((_, answer) =>
      answer
        .writeHead(403)
        .end('<ErrorResponse><Error><Code>AccessDenied</Code><Message>No</Message></Error></ErrorResponse>'),
    ).listen(0, '127.0.0.1');
    await once(aws, 'listening');
    const server = await startLocalServer();
    try {
      await mkdir(join(operator, 'evidence'));
      const environment = {
        TEMPORAL_ADDRESS: server.address,
        KAFKA_BLUEGREEN_EVIDENCE: `file:${join(operator, 'evidence')}`,
        AWS_ENDPOINT_URL: `http://127.0.0.1:${(aws.address() as AddressInfo).port}`,
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'nobody',
        AWS_SECRET_ACCESS_KEY: 'nothing',
      };
      const worker = spawn(process.execPath, command('worker'), {
        cwd: operator,
        env: { PATH: process.env['PATH'], ...environment },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exited = once(worker, 'exit');
      const lines = createInterface({ input: worker.stdout });
      for await (const line of lines) if (line.includes('worker ready')) break;
      worker.stdout.resume();
      assert.equal(worker.exitCode, null);

      const { out } = await endOf(process.execPath, command('doctor', '--json'), operator, environment);
      const { findings } = JSON.parse(out) as Diagnosis;
      const stateOf = (on: string) => findings.find(finding => finding.on === on)?.state;
      assert.equal(stateOf('evidence store'), 'good', out);
      assert.equal(stateOf('Route 53'), 'trouble', out);

      worker.kill('SIGTERM');
      assert.deepEqual(await exited, [0, null]);
    } finally {
      aws.close();
      aws.closeAllConnections();
      await server.teardown();
    }
  });
});

/** Runs it to its end, whatever that is, in an environment of its own. */
async function endOf(
  program: string,
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const { PATH, HOME } = process.env;
  const child = spawn(program, args, { cwd, env: { PATH, HOME, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = [text(child.stdout), text(child.stderr)];
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out: await out, err: await err };
}
