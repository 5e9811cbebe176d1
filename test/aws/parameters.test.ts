import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  clusterIdFor,
  isSecretName,
  type ParameterDeclaration,
  type ParameterRequest,
  planParameters,
  suffixOf,
} from '../../aws/parameters.ts';

const declare = (name: string, is: Partial<ParameterDeclaration> = {}): ParameterDeclaration => ({
  name,
  noEcho: false,
  default: null,
  ...is,
});

const request: ParameterRequest = {
  greenStack: 'kafka-orders-b',
  clusterId: 'green-cluster-id-22-ch',
  declared: [
    declare('ServiceName'),
    declare('Suffix'),
    declare('ClusterId', { default: '' }),
    declare('KafkaVersion'),
    declare('MetadataMode'),
    declare('ZooKeeperConnect', { default: '' }),
    declare('AdminPassword', { noEcho: true }),
    declare('InstanceType', { default: 'm7g.large' }),
  ],
  blue: {
    ServiceName: 'kafka-orders',
    Suffix: 'a',
    ClusterId: 'blue-cluster-id-22-cha',
    KafkaVersion: '3.9.2',
    MetadataMode: 'zookeeper',
    ZooKeeperConnect: 'zk-1:2181,zk-2:2181/kafka-orders-a',
    AdminPassword: '****',
  },
  requested: { KafkaVersion: '4.3.1', MetadataMode: 'kraft', AdminPassword: 'env:KAFKA_ADMIN_PASSWORD' },
};

function problemsOf(change: Partial<ParameterRequest>): string[] {
  return planParameters({ ...request, ...change }).problems.map(p => `${p.on} ${p.problem} ${p.remedy}`);
}

test('Suffix and cluster id are ours, what was asked for changes, the secret is named, the rest is copied', () => {
  const plan = planParameters(request);
  assert.deepEqual(plan.problems, []);
  assert.deepEqual(Object.fromEntries(plan.parameters.map(({ name, value }) => [name, value])), {
    ServiceName: { kind: 'text', text: 'kafka-orders' },
    Suffix: { kind: 'text', text: 'b' },
    ClusterId: { kind: 'text', text: 'green-cluster-id-22-ch' },
    KafkaVersion: { kind: 'text', text: '4.3.1' },
    MetadataMode: { kind: 'text', text: 'kraft' },
    AdminPassword: { kind: 'secret', name: 'env:KAFKA_ADMIN_PASSWORD' },
  });
});

test('A misspelt parameter is refused with the one that was probably meant', () => {
  const [problem = ''] = problemsOf({ requested: { ...request.requested, KafkaVersoin: '4.3.1' } });
  assert.match(problem, /green\.parameters\.KafkaVersoin is not a parameter .* Did you mean KafkaVersion\?/);
});

test('A secret that is not named is refused, never copied as asterisks', () => {
  const { AdminPassword: _, ...requested } = request.requested;
  const plan = planParameters({ ...request, requested });
  assert.match(plan.problems[0]?.problem ?? '', /cannot be read from blue/);
  assert.ok(!JSON.stringify(plan.parameters).includes('****'));
});

test('A secret given as plain text is refused without repeating it', () => {
  const plan = planParameters({ ...request, requested: { ...request.requested, AdminPassword: 'hunter2' } });
  assert.match(plan.problems[0]?.problem ?? '', /given as plain text/);
  assert.ok(!JSON.stringify(plan).includes('hunter2'));
});

test('Suffix and cluster id cannot be asked to be anything else', () => {
  assert.match(problemsOf({ requested: { ...request.requested, Suffix: 'c' } })[0] ?? '', /which is b\./);
  assert.match(
    problemsOf({ requested: { ...request.requested, ClusterId: 'mine' } })[0] ?? '',
    /ClusterId is set by the deployment/,
  );
});

test("Green with blue's own suffix is refused, because their resources would share names", () => {
  assert.match(problemsOf({ greenStack: 'kafka-other-a' })[0] ?? '', /blue's own suffix a/);
});

test('What neither blue, the request nor a default gives is asked for; what green does not declare is dropped', () => {
  const declared = [...request.declared.filter(p => p.name !== 'ServiceName'), declare('VpcId')];
  const plan = planParameters({ ...request, declared });
  assert.deepEqual(
    plan.problems.map(p => p.on),
    ['green.parameters.VpcId'],
  );
  assert.deepEqual(plan.dropped, ['ServiceName']);
});

function zooKeeper(connect?: string): Record<string, string> {
  return {
    ...request.requested,
    MetadataMode: 'zookeeper',
    ...(connect === undefined ? {} : { ZooKeeperConnect: connect }),
  };
}

test('Two clusters on ZooKeeper must not share a chroot, however the servers are written', () => {
  const copied = problemsOf({ requested: zooKeeper() });
  assert.match(copied[0] ?? '', /chroot \/kafka-orders-a.*zk-1:2181,zk-2:2181\/kafka-orders-b/);
  assert.equal(problemsOf({ requested: zooKeeper('zk-3:2181/kafka-orders-a/') }).length, 1);
  assert.deepEqual(problemsOf({ requested: zooKeeper('zk-1:2181,zk-2:2181/kafka-orders-b') }), []);
});

test('A green on ZooKeeper makes its own cluster id, and one on KRaft has no ZooKeeper servers', () => {
  const zk = planParameters({ ...request, requested: zooKeeper('zk-1:2181/kafka-orders-b') });
  assert.deepEqual(zk.problems, []);
  assert.deepEqual(
    zk.parameters.filter(p => ['ClusterId', 'ZooKeeperConnect'].includes(p.name)),
    [{ name: 'ZooKeeperConnect', value: { kind: 'text', text: 'zk-1:2181/kafka-orders-b' } }],
  );
  const declared = request.declared.map(p => (p.name === 'ZooKeeperConnect' ? { ...p, default: null } : p));
  const kraft = planParameters({ ...request, declared });
  assert.deepEqual(
    kraft.parameters.find(p => p.name === 'ZooKeeperConnect')?.value,
    { kind: 'text', text: '' },
    'a template without an empty default is told that there is none',
  );
  const asked = { ...zooKeeper('zk-1:2181/kafka-orders-b'), ClusterId: 'mine' };
  assert.match(problemsOf({ requested: asked })[0] ?? '', /in ZooKeeper make their own/);
});

test("The template's default mode counts when neither the request nor blue names one", () => {
  const { MetadataMode: _, ...requested } = request.requested;
  const { MetadataMode: __, ...blue } = request.blue;
  const declared = request.declared.map(p => (p.name === 'MetadataMode' ? { ...p, default: 'kraft' } : p));
  const plan = planParameters({ ...request, blue, requested, declared });
  assert.deepEqual(plan.problems, []);
  assert.ok(!plan.parameters.some(p => p.name === 'ZooKeeperConnect'));
});

test('A blue without a metadata mode but with ZooKeeper servers is on ZooKeeper', () => {
  const { MetadataMode: _, ...blue } = request.blue;
  assert.equal(problemsOf({ blue, requested: { ...request.requested, MetadataMode: 'zookeeper' } }).length, 1);
});

test('Names of objects are not taken for parameters', () => {
  const plan = planParameters({ ...request, declared: [...request.declared, declare('constructor')] });
  assert.deepEqual(
    plan.problems.map(p => p.on),
    ['green.parameters.constructor'],
  );
});

test('The cluster id of a deployment is 22 characters, the same every time, and never an option', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9a-f]{12}$/), deployment => {
      const id = clusterIdFor(deployment);
      assert.match(id, /^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/);
      assert.equal(Buffer.from(id, 'base64url').length, 16);
      assert.equal(clusterIdFor(deployment), id);
    }),
    { numRuns: 2_000 },
  );
  assert.notEqual(clusterIdFor('0123456789ab'), clusterIdFor('0123456789ac'));
});

test('The suffix is what follows the last dash', () => {
  assert.equal(suffixOf('kafka-orders-b'), 'b');
});

test('Only names of environment variables and absolute files are names of secrets', () => {
  assert.ok(isSecretName('env:A_1') && isSecretName('file:/run/secrets/kafka'));
  assert.ok(!isSecretName('env:') && !isSecretName('file:relative') && !isSecretName('secret'));
});
