/**
 * Producer and consumer over TLS with SCRAM-SHA-512, from one cluster to the other, counted by one registry. Their user has the
 * rights that the README asks for and no other.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { AclOperations, AclPermissionTypes, ResourcePatternTypes, ResourceTypes } from '@platformatic/kafka';
import { Registry } from 'prom-client';
import { type Cluster, connectCluster } from '../../kafka/cluster.ts';
import { allocateOctet } from '../../local/octet.ts';
import { BlueGreenConsumer } from '../../switching/src/consumer.ts';
import { Lane } from '../../switching/src/lane.ts';
import { BlueGreenProducer } from '../../switching/src/producer.ts';
import { RightMissing } from '../../switching/src/right-missing.ts';
import { signpostName } from '../../switching/src/signpost.ts';
import { startTestCluster } from '../support/cluster.ts';
import { makeKeystore, setPassword } from '../support/login.ts';
import { createTopic, limitRecords, readLog, signpostOf } from './cluster-work.ts';
import { startDnsServer } from './dns-server.ts';
import { eventually } from './eventually.ts';

const RECORD = 'kafka.orders.example.com';
const TOPIC = 'orders';
const SUBNETS = [16, 17] as const;
const RECORDS = 200;
const user = { mechanism: 'scram-sha-512', username: 'orders-service', password: 'a secret' } as const;

const octet = await allocateOctet();
after(() => octet.release());
const keystore = await makeKeystore(...SUBNETS.map(subnet => `127.${octet.octet}.${subnet}.10`));
const config = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
};
const one = { metadataMode: 'kraft', brokers: 1, octet: octet.octet, login: { keystore }, config } as const;
const [blue, green, dns] = await Promise.all([
  startTestCluster({ ...one, version: '3.9.2', subnet: SUBNETS[0] }),
  startTestCluster({ ...one, version: '4.3.1', subnet: SUBNETS[1] }),
  startDnsServer('127.0.0.1'),
]);
after(() => dns.stop());
const kafka = { ssl: { ca: [keystore.ca] }, sasl: user };
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

type Right = readonly ['TOPIC' | 'GROUP', string, keyof typeof AclOperations];

async function grant(cluster: Cluster, rights: readonly Right[]): Promise<void> {
  const creations = rights.map(([type, name, operation]) => ({
    resourceType: ResourceTypes[type],
    resourceName: name,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: `User:${user.username}`,
    host: '*',
    operation: AclOperations[operation],
    permissionType: AclPermissionTypes.ALLOW,
  }));
  await cluster.admin.createAcls({ creations });
}

test('a producer and a consumer log in over TLS on both clusters, cross, and are counted', async t => {
  for (const brokers of [blue, green]) {
    await createTopic(brokers, TOPIC, 2);
    const cluster = await connectCluster({ bootstrap: brokers.bootstrap });
    await setPassword(cluster, user.username, user.password);
    await grant(cluster, [
      ['TOPIC', TOPIC, 'WRITE'],
      ['TOPIC', TOPIC, 'READ'],
      ['TOPIC', '_bluegreen', 'DESCRIBE'],
      ['GROUP', 'billing', 'READ'],
    ]);
    await cluster.close();
  }
  const [onBlue, onGreen] = [blue, green].map(cluster => ({ ...cluster, bootstrap: cluster.loginBootstrap }));
  assert.ok(onBlue && onGreen);
  dns.set(signpostName(RECORD), [signpostOf([onBlue, onGreen], 1n)]);
  const metrics = new Registry();
  const common = {
    clientId: 'orders-service',
    record: RECORD,
    resolver: { servers: [dns.server] },
    logger: quiet,
    signpostPollMs: 100,
    switchJitterMs: 20,
    kafka,
    metrics,
  };
  const stranger = new BlueGreenProducer({
    ...common,
    kafka: { ...common.kafka, sasl: { ...user, password: 'a guess' } },
    connectTimeoutMs: 500,
  });
  await assert.rejects(stranger.connect(), /SASL SCRAM SHA512 authentication failed/);
  const producer = new BlueGreenProducer(common);
  const consumer = new BlueGreenConsumer({ ...common, groupId: 'billing', consumer: { maxWaitTimeInMs: 100 } });
  t.after(() => Promise.all([producer.disconnect(), consumer.disconnect()]));
  const seen: string[] = [];
  const switched: string[] = [];
  producer.on('switched', () => switched.push('producer'));
  consumer.on('switched', () => switched.push('consumer'));
  await Promise.all([producer.connect(), consumer.connect()]);
  await consumer.subscribe({ topics: [TOPIC], fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });
  const send = (from: number) =>
    producer.send({
      topic: TOPIC,
      messages: Array.from({ length: RECORDS }, (_, at) => ({ key: String(at), value: String(from + at) })),
    });
  await send(0);
  await eventually('blue is read', () => seen.length === RECORDS);
  dns.set(signpostName(RECORD), [signpostOf([onGreen], 2n)]);
  await eventually('both switched', () => switched.length === 2);
  await send(RECORDS);
  await eventually('green is read', () => seen.length === 2 * RECORDS);
  assert.equal(new Set(seen).size, 2 * RECORDS);

  const text = await metrics.metrics();
  const of = (name: string, groupId: string, more = '') =>
    `kafka_bluegreen_${name}{clientId="orders-service+bluegreen",record="${RECORD}",groupId="${groupId}"${more}} `;
  for (const line of [
    `${of('switches_total', '')}1`,
    `${of('switches_total', 'billing')}1`,
    `${of('records_sent_total', '')}${2 * RECORDS}`,
    `${of('records_stored_total', '')}${2 * RECORDS}`,
    `${of('messages_handled_total', 'billing', `,cluster="${blue.clusterId}"`)}${RECORDS}`,
    `${of('messages_handled_total', 'billing', `,cluster="${green.clusterId}"`)}${RECORDS}`,
    `${of('switch_duration_seconds_count', 'billing')}1`,
    `${of('buffered_bytes', '')}0`,
  ])
    assert.ok(text.includes(`${line}\n`), `${line} is not in\n${text}`);
});

for (const brokers of [blue, green])
  test(`with the right to write and no other, Kafka ${brokers.version} refuses a record for its size, tells the fence, and names what it may not be asked`, async t => {
    const topic = 'written-only';
    await createTopic(brokers, topic, 1);
    await using cluster = await connectCluster({ bootstrap: brokers.bootstrap });
    await setPassword(cluster, user.username, user.password);
    await grant(cluster, [['TOPIC', topic, 'WRITE']]);
    await limitRecords(brokers, topic, 1_000);
    const loggedIn = { ...brokers, bootstrap: brokers.loginBootstrap };
    const signpost = signpostOf([loggedIn], 1n);
    const producer = new BlueGreenProducer({
      clientId: 'orders-service',
      record: RECORD,
      resolver: { resolveTxt: async () => [[signpost]] },
      logger: quiet,
      signpostPollMs: 100,
      kafka,
    });
    t.after(() => producer.disconnect());
    await producer.connect();
    const send = (bytes: number) => producer.send({ topic, messages: [{ value: 'x'.repeat(bytes) }] });
    await eventually('the limit is known', () =>
      send(2_000).then(
        () => false,
        (error: { type?: string }) => error.type === 'MESSAGE_TOO_LARGE',
      ),
    );
    await send(10);
    const held = new Promise<string>(resolve => {
      producer.on('held', ({ reason }) => resolve(reason));
    });
    await limitRecords(brokers, topic, 1);
    const sent: Promise<unknown>[] = [];
    await eventually('the topic is fenced', async () => {
      const sending = send(100);
      sent.push(sending);
      return Promise.race([held.then(() => true), sending.then(() => false)]);
    });
    assert.match(await held, /topic written-only .* is fenced/);
    const lane = await Lane.open(
      {
        config: { clientId: 'test', ...kafka },
        seeds: [loggedIn.bootstrap],
        clusterId: brokers.clusterId,
      },
      new AbortController().signal,
    );
    t.after(() => lane.close());
    await assert.rejects(lane.sightOf(topic, 0), (error: unknown) => {
      assert.ok(error instanceof RightMissing, String(error));
      return /grant its user READ on topic written-only/.test(error.message);
    });
    await limitRecords(brokers, topic, null);
    await Promise.all(sent);
    const sizes = (await readLog(brokers, topic)).map(({ value }) => value.length);
    assert.ok(!sizes.includes(2_000) && sizes.at(-1) === 100, String(sizes));
  });
