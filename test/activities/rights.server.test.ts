import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import { AclOperations, AclPermissionTypes, ResourcePatternTypes, ResourceTypes } from '@platformatic/kafka';
import { type Cluster, connectCluster, type KafkaSecurity } from '../../kafka/cluster.ts';
import { commitFor } from '../../kafka/commit-offsets.ts';
import { KafkaTrouble } from '../../kafka/errors.ts';
import { clusterProblems } from '../../kafka/health.ts';
import { takeInventory } from '../../kafka/inventory.ts';
import { rightsProblems } from '../../kafka/rights.ts';
import { smokeTest } from '../../kafka/smoke.ts';
import { sweepGroups } from '../../kafka/sweep.ts';
import { openTransactions } from '../../kafka/transactions.ts';
import { guardOfThisProcess } from '../../local/guard.ts';
import { runKafkaTool } from '../../local/kafka-tool.ts';
import { allocateOctet } from '../../local/octet.ts';
import { blockWith } from '../docs/page-lines.ts';
import { words } from '../docs/shell.ts';
import { client, createTopics, eventually, producing } from '../kafka/clients.ts';
import { startTestCluster, temporaryDirectory } from '../support/cluster.ts';
import { guarantee } from '../support/guarantee.ts';
import { makeKeystore, setPassword } from '../support/login.ts';
import { commit, leftOf, produce } from './drain-cases.ts';
import { clear, drainBroker, holding, openWorld, type World } from './drain-world.ts';

const SUBNET = 16;
const octet = await allocateOctet();
after(() => octet.release());
const toolFolder = await temporaryDirectory('kafka-tool-');
const keystore = await makeKeystore(`127.${octet.octet}.${SUBNET}.10`);
const config = (authorizer: string) => ({
  ...drainBroker.config,
  'authorizer.class.name': authorizer,
  'super.users': 'User:ANONYMOUS',
});
/** A login ends after this, as it does where operators care about revoking it; kafkajs, which smokes, wants more than 10 s. */
const briefLogins = { 'listener.name.login.scram-sha-512.connections.max.reauth.ms': '1500' };
const brokers = await Promise.all([
  startTestCluster({
    version: '3.9.2',
    metadataMode: 'zookeeper',
    brokers: 1,
    login: {},
    config: { ...config('kafka.security.authorizer.AclAuthorizer'), ...briefLogins },
  }),
  startTestCluster({
    version: '4.3.1',
    metadataMode: 'kraft',
    brokers: 1,
    octet: octet.octet,
    subnet: SUBNET,
    login: { keystore },
    config: config('org.apache.kafka.metadata.authorizer.StandardAuthorizer'),
  }),
]);
const sasl = { mechanism: 'SCRAM-SHA-512', username: 'worker', password: 'a secret' } as const;
const securityOf = (version: string): KafkaSecurity =>
  version.startsWith('4') ? { tls: { ca: keystore.ca }, sasl } : { sasl };

/** The clusters by the listener that asks nobody, for whom everything is allowed. */
const [onBlue, onGreen] = await Promise.all(brokers.map(({ bootstrap }) => connectCluster({ bootstrap })));
assert.ok(onBlue && onGreen);
const clusters = { blue: onBlue, green: onGreen };

suite('A worker that logs in', { concurrency: 1 }, () => {
  before(async () => {
    for (const cluster of [onBlue, onGreen]) await setPassword(cluster, sasl.username, sasl.password);
    await allowAsThePageSays(onBlue);
    await allow(onGreen, 'CLUSTER', 'kafka-cluster');
    for (const type of ['TOPIC', 'GROUP', 'TRANSACTIONAL_ID'] as const) await allow(onGreen, type, '*');
  });
  after(() => Promise.all([onBlue.close(), onGreen.close()]));
  afterEach(() => clear(clusters));

  for (const { version, loginBootstrap } of brokers)
    test(`It takes the inventory of Kafka ${version} with users and ACLs, and misses no right`, async () => {
      const security = securityOf(version);
      await using cluster = await connectCluster({ bootstrap: loginBootstrap, security });
      const inventory = await takeInventory(cluster);
      assert.deepEqual(inventory.users, [{ name: 'worker SCRAM-SHA-512' }]);
      assert.ok(
        inventory.acls.some(listed => listed.name === 'ALLOW User:worker ALL topic * (literal) from *'),
        JSON.stringify(inventory.acls),
      );
      assert.deepEqual(await clusterProblems(cluster, inventory), []);
    });

  for (const { version, loginBootstrap } of brokers)
    test(`A wrong password at Kafka ${version} is told at once, with user, mechanism and broker`, async () => {
      const security = { ...securityOf(version), sasl: { ...sasl, password: 'wrong' } };
      await assert.rejects(connectCluster({ bootstrap: loginBootstrap, security }), (error: KafkaTrouble) => {
        assert.match(error.message, /refused the login of user worker \(SCRAM-SHA-512\)/);
        assert.equal(error.code, 'SASL_AUTHENTICATION_FAILED');
        return !error.retriable;
      });
    });

  test('It passes the smoke test of Kafka 4.3.1 over TLS', async () => {
    const smoked = await smokeTest({
      bootstrap: brokers[1].loginBootstrap,
      deployment: '0123456789ab',
      security: securityOf('4.3.1'),
    });
    assert.deepEqual(smoked.transaction, { committed: 3, abortedSeen: 0 });
  });

  const hidden: readonly {
    what: string;
    type: Resource;
    name: string;
    operation: Operation;
    on: string;
    says: RegExp;
  }[] = [
    {
      what: 'a topic',
      type: 'TOPIC',
      name: 'payments',
      operation: 'DESCRIBE',
      on: 'topic payments',
      says: /is not shown it/,
    },
    {
      what: 'the right to write a topic',
      type: 'TOPIC',
      name: 'orders',
      operation: 'WRITE',
      on: 'topic orders',
      says: /lacks Write\./,
    },
  ];
  for (const [at, cluster] of [onBlue, onGreen].entries())
    for (const { what, type, name, operation, on, says } of hidden)
      test(
        ...guarantee(
          { promise: 'refused', fault: `${what} denied to the worker, Kafka ${brokers[at]?.version}` },
          `Preflight on Kafka ${brokers[at]?.version} refuses where ${what} is denied, and says what to grant`,
          async () => {
            await createTopics(cluster, [{ topic: 'orders' }, { topic: 'payments' }]);
            await using denied = await deny(cluster, type, name, operation);
            await using worker = await loggedIn(at);
            await denied.known(worker);
            const problems = await clusterProblems(worker, await takeInventory(worker));
            assert.deepEqual(
              problems.map(p => p.on),
              [on],
              JSON.stringify(problems),
            );
            assert.match(problems[0]?.problem ?? '', says);
            assert.match(
              problems[0]?.remedy ?? '',
              /kafka-acls.sh --bootstrap-server \S+:\d+ --add --allow-principal User:worker/,
            );
          },
        ),
      );

  for (const [at, cluster] of [onBlue, onGreen].entries())
    test(
      ...guarantee(
        {
          promise: 'nothingLost',
          fault: `groups and transactions hidden from the worker, Kafka ${brokers[at]?.version}`,
        },
        `On Kafka ${brokers[at]?.version} a group that may not be seen is never absent, and no transaction is taken for ended unseen`,
        async () => {
          await createTopics(cluster, [{ topic: 'orders' }]);
          await commitFor(cluster, 'billing', [{ topic: 'orders', partitions: [{ partition: 0, offset: '1' }] }]);
          await producing(client(cluster.bootstrap), { transactionalId: 'payments' }, async producer => {
            await (await producer.transaction()).commit();
          });
          await using worker = await loggedIn(at);
          const cases = [
            ['CLUSTER', 'kafka-cluster', /see every group \(Describe on the cluster\)/],
            ['GROUP', 'billing', /group billing: the broker answered GROUP_AUTHORIZATION_FAILED/],
            ['GROUP', '*', /every group: the broker answered GROUP_AUTHORIZATION_FAILED/],
          ] as const;
          for (const [type, name, says] of cases) {
            await using _denied = await deny(cluster, type, name, 'DESCRIBE');
            await eventually(
              `the denial of ${type} ${name} is known`,
              async () => (await sweepTrouble(worker)) !== null,
            );
            const trouble = await sweepTrouble(worker);
            assert.match(trouble?.message ?? '', says);
            assert.equal(trouble?.retriable, false);
          }
          await eventually('the sweep is whole again', async () => (await sweepTrouble(worker)) === null);
          await using _denied = await deny(cluster, 'TRANSACTIONAL_ID', '*', 'DESCRIBE');
          await eventually('transactions are unseen', () =>
            openTransactions(worker).then(
              () => false,
              (error: KafkaTrouble) => error.code === 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED' && !error.retriable,
            ),
          );
        },
      ),
    );

  const revoked: readonly { what: string; type: Resource; name: string; type_: RegExp; says: RegExp }[] = [
    { what: 'the topic', type: 'TOPIC', name: 'orders', type_: /TOPIC_AUTHORIZATION_FAILED/, says: /topic orders/ },
    { what: 'the group', type: 'GROUP', name: 'billing', type_: /GROUP_AUTHORIZATION_FAILED/, says: /group billing/ },
    {
      what: 'the cluster',
      type: 'CLUSTER',
      name: 'kafka-cluster',
      type_: /CLUSTER_AUTHORIZATION_FAILED/,
      says: /every group/,
    },
  ];
  for (const { what, type, name, type_, says } of revoked)
    test(
      ...guarantee(
        { promise: 'holds', fault: `${what} is hidden from the worker while it drains` },
        `When ${what} may not be seen any more the drain holds and names the right; given back, it goes on to the end`,
        async () => {
          const world = await drainingWorld();
          const draining = world.start('releaseGroups');
          await eventually('the group is behind', () => leftOf(draining, 'billing') === '6');
          {
            await using _denied = await deny(onBlue, type, name, 'DESCRIBE');
            await assert.rejects(draining.result, (error: { type?: string }) => {
              assert.match(error.type ?? '', type_);
              return holding(error.type ?? '', says)(error);
            });
            await assert.rejects(world.step('releaseGroups'), says);
          }
          await commit(clusters, 'billing', { orders: [10] });
          await eventually('the right is back', () =>
            world.step('releaseGroups').then(
              () => true,
              () => false,
            ),
          );
          await world.step('proveBlueDrained');
        },
      ),
    );

  test(
    ...guarantee(
      { promise: 'holds', fault: "the worker's user is deleted while it drains" },
      'When its user is deleted the drain holds within seconds and says who was refused where; recreated, it goes on to the end',
      async () => {
        const world = await drainingWorld();
        const draining = world.start('releaseGroups');
        await eventually('the group is behind', () => leftOf(draining, 'billing') === '6');
        await setPassword(onBlue, sasl.username, null);
        const refused = holding(
          'SASL_AUTHENTICATION_FAILED',
          /refused the login of user worker \(SCRAM-SHA-512\).*then try again/,
        );
        try {
          await assert.rejects(draining.result, refused);
          await assert.rejects(world.step('releaseGroups'), refused);
        } finally {
          await setPassword(onBlue, sasl.username, sasl.password);
        }
        await commit(clusters, 'billing', { orders: [10] });
        await eventually('the user is known again', () =>
          world.step('releaseGroups').then(
            () => true,
            () => false,
          ),
        );
        await world.step('proveBlueDrained');
      },
    ),
  );
});

/** A deployment whose worker logs in to both clusters; the group `billing` has six records to read. */
async function drainingWorld(): Promise<World> {
  await createTopics(clusters.blue, [{ topic: 'orders' }]);
  await produce(clusters, 'orders', 10);
  await commit(clusters, 'billing', { orders: [4] });
  const [blue, green] = brokers.map(({ version, loginBootstrap }) => ({
    bootstrap: loginBootstrap,
    security: securityOf(version),
  }));
  assert.ok(blue && green);
  const world = await openWorld(clusters, { groups: [{ match: '*', disposition: 'move' }], login: { blue, green } });
  await world.prepare();
  await world.step('freeze');
  return world;
}

function loggedIn(at: number): Promise<Cluster> {
  const { version, loginBootstrap } = at === 0 ? brokers[0] : brokers[1];
  return connectCluster({ bootstrap: loginBootstrap, security: securityOf(version) });
}

async function sweepTrouble(worker: Cluster): Promise<KafkaTrouble | null> {
  try {
    const sweep = await sweepGroups(worker);
    assert.equal(sweep.kind, 'complete', JSON.stringify(sweep));
    return null;
  } catch (error) {
    if (error instanceof KafkaTrouble) return error;
    throw error;
  }
}

type Operation = keyof typeof AclOperations;
type Resource = 'CLUSTER' | 'TOPIC' | 'GROUP' | 'TRANSACTIONAL_ID';

function acl(type: Resource, name: string, operation: Operation, permission: 'ALLOW' | 'DENY') {
  return {
    resourceType: ResourceTypes[type],
    resourceName: name,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: 'User:worker',
    host: '*',
    operation: AclOperations[operation],
    permissionType: AclPermissionTypes[permission],
  };
}

/** By Kafka's own tool, with the two commands of the page as they stand there but for broker and user. */
async function allowAsThePageSays({ bootstrap }: Cluster): Promise<void> {
  const hostsFile = join(toolFolder, 'hosts');
  await writeFile(hostsFile, '');
  for (const line of blockWith('docs/requirements.md', 'kafka-acls.sh')) {
    const [, ...args] = words(line.replace('BROKER:9092', bootstrap).replace('User:kafka-bluegreen', 'User:worker'));
    const { code, stdout, stderr } = await runKafkaTool({
      version: '3.9.2',
      mainClass: 'kafka.admin.AclCommand',
      args,
      hostsFile,
      directory: toolFolder,
      guard: guardOfThisProcess(),
    });
    assert.equal(code, 0, stdout + stderr);
  }
}

async function allow(cluster: Cluster, type: Resource, name: string): Promise<void> {
  await cluster.admin.createAcls({ creations: [acl(type, name, 'ALL', 'ALLOW')] });
}

/** Denies it until the end of the scope. */
async function deny(cluster: Cluster, type: Resource, name: string, operation: Operation) {
  const creation = acl(type, name, operation, 'DENY');
  await cluster.admin.createAcls({ creations: [creation] });
  return {
    /** Waits until the broker applies it. */
    known: (worker: Cluster) =>
      eventually(
        'the denial is known',
        async () => (await rightsProblems(worker, await takeInventory(worker))).length > 0,
      ),
    async [Symbol.asyncDispose]() {
      await cluster.admin.deleteAcls({ filters: [creation] });
    },
  };
}
