/**
 * A broker's server.properties at test size: real replication (three copies, two of them in sync), small internals. The
 * client listener is also the one between brokers and is advertised by address, so that nothing advertised resolves.
 */
export const CLIENT_PORT = 9092;
export const CONTROLLER_PORT = 9093;

export type BrokerMetadata =
  | { readonly kind: 'kraft'; readonly clusterId: string /** `id@host:port,…` */; readonly controllers: string }
  | { readonly kind: 'zookeeper' /** `host:port/chroot` */; readonly connect: string };

export interface BrokerSettings {
  readonly version: string;
  readonly id: number;
  readonly address: string;
  readonly dataDirectory: string;
  /** Three, or one in a cluster of a single broker. */
  readonly replicas: 1 | 3;
  readonly metadata: BrokerMetadata;
  readonly rackId?: string | undefined;
  /** Wins over everything else. */
  readonly config?: Readonly<Record<string, string>> | undefined;
}

export function brokerProperties(settings: BrokerSettings): Record<string, string> {
  const replicas = String(settings.replicas);
  const inSync = settings.replicas === 3 ? '2' : '1';
  return {
    ...identity(settings),
    'log.dirs': settings.dataDirectory,
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': '4',
    ...(Number.parseInt(settings.version, 10) >= 4 && {
      'share.coordinator.state.topic.replication.factor': replicas,
      'share.coordinator.state.topic.min.isr': inSync,
      'share.coordinator.state.topic.num.partitions': '4',
    }),
    'auto.create.topics.enable': 'false',
    'group.initial.rebalance.delay.ms': '0',
    'num.network.threads': '2',
    'num.io.threads': '4',
    'log.cleaner.dedupe.buffer.size': '2097152',
    ...(settings.rackId !== undefined && { 'broker.rack': settings.rackId }),
    ...settings.config,
  };
}

function identity({ id, address, metadata }: BrokerSettings): Record<string, string> {
  const client = `PLAINTEXT://${address}:${CLIENT_PORT}`;
  if (metadata.kind === 'zookeeper') {
    return {
      'broker.id': String(id),
      'zookeeper.connect': metadata.connect,
      'zookeeper.session.timeout.ms': '6000',
      listeners: client,
      'advertised.listeners': client,
    };
  }
  const controls = metadata.controllers.split(',').some(voter => voter.startsWith(`${id}@`));
  return {
    'process.roles': controls ? 'broker,controller' : 'broker',
    'node.id': String(id),
    'controller.quorum.voters': metadata.controllers,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    listeners: controls ? `${client},CONTROLLER://${address}:${CONTROLLER_PORT}` : client,
    'advertised.listeners': client,
  };
}

/** Java's properties format; a back slash in a value is an escape there. */
export function renderProperties(properties: Readonly<Record<string, string>>): string {
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value.replaceAll('\\', '\\\\')}`);
  return `${lines.join('\n')}\n`;
}
