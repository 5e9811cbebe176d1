/** server.properties of one broker, from what its instance was told. Pure. Sizes are those of a small machine. */

export interface BrokerIdentity {
  readonly brokerId: number;
  readonly address: string;
  readonly rackId?: string;
  readonly metadata:
    | { readonly kind: 'kraft'; readonly clusterId: string /** `id@host:port,…` */; readonly controllers: string }
    | { readonly kind: 'zookeeper' /** `host:port/chroot` */; readonly connect: string };
}

export const CLIENT_PORT = 9092;
export const CONTROLLER_PORT = 9093;

/** The text of the file; `replicas` is how many brokers internal topics may count on. */
export function brokerProperties(
  identity: BrokerIdentity,
  o: { readonly dataDirectory: string; readonly replicas: number; readonly extra?: Readonly<Record<string, string>> },
): string {
  const { address, metadata, brokerId } = identity;
  const isr = String(Math.min(2, o.replicas));
  const replicas = String(Math.min(3, o.replicas));
  const properties: Record<string, string> = {
    'log.dirs': o.dataDirectory,
    'default.replication.factor': replicas,
    'min.insync.replicas': isr,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': isr,
    'transaction.state.log.num.partitions': '4',
    'group.initial.rebalance.delay.ms': '0',
    'auto.create.topics.enable': 'false',
    'log.cleaner.dedupe.buffer.size': '2097152',
    'num.network.threads': '2',
    'num.io.threads': '4',
    ...(identity.rackId === undefined ? {} : { 'broker.rack': identity.rackId }),
    ...(metadata.kind === 'kraft'
      ? kraft(brokerId, address, metadata, replicas, isr)
      : zooKeeper(brokerId, address, metadata.connect)),
    ...o.extra,
  };
  return `${Object.entries(properties)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')}\n`;
}

function kraft(
  brokerId: number,
  address: string,
  metadata: { readonly controllers: string },
  replicas: string,
  isr: string,
): Record<string, string> {
  const controls = metadata.controllers.split(',').some(voter => voter.startsWith(`${brokerId}@`));
  const client = `PLAINTEXT://${address}:${CLIENT_PORT}`;
  return {
    'node.id': String(brokerId),
    'process.roles': controls ? 'broker,controller' : 'broker',
    'controller.quorum.voters': metadata.controllers,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    listeners: controls ? `${client},CONTROLLER://${address}:${CONTROLLER_PORT}` : client,
    'advertised.listeners': client,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': isr,
    'share.coordinator.state.topic.num.partitions': '4',
  };
}

function zooKeeper(brokerId: number, address: string, connect: string): Record<string, string> {
  const client = `PLAINTEXT://${address}:${CLIENT_PORT}`;
  return {
    'broker.id': String(brokerId),
    'zookeeper.connect': connect,
    'zookeeper.session.timeout.ms': '9000',
    listeners: client,
    'advertised.listeners': client,
  };
}
