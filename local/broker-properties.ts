/**
 * A broker's server.properties at test size: real replication (three copies, two of them in sync), small internals. The
 * client listener is also the one between brokers and is advertised by address, so that nothing advertised resolves. A broker
 * may have a second one, advertised elsewhere.
 */
export const CLIENT_PORT = 9092;
export const CONTROLLER_PORT = 9093;
/** Where a broker that is advertised elsewhere takes its clients: see `BrokerSettings.advertised`. */
export const FRONTED_PORT = 9094;
/** Where users log in: see `BrokerSettings.login`. */
export const LOGIN_PORT = 9095;

export type BrokerMetadata =
  | { readonly kind: 'kraft'; readonly clusterId: string /** `id@host:port,…` */; readonly controllers: string }
  | { readonly kind: 'zookeeper' /** `host:port/chroot` */; readonly connect: string };

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** A second client listener, where users log in by SCRAM-SHA-512. The first one stays open, for brokers and whoever watches them. */
export interface LoginListener {
  /** A PKCS12 key store; with one the listener speaks TLS. */
  readonly keystore?: { readonly path: string; readonly password: string };
}

export interface BrokerSettings {
  readonly version: string;
  readonly id: number;
  readonly address: string;
  readonly dataDirectory: string;
  /** Three, or one in a cluster of a single broker. */
  readonly replicas: 1 | 3;
  readonly metadata: BrokerMetadata;
  readonly rackId?: string | undefined;
  /** A second listener, on port 9094, whose clients are sent here: to whatever stands in front of the broker. */
  readonly advertised?: HostAndPort | undefined;
  readonly login?: LoginListener | undefined;
  /** Wins over everything else. */
  readonly config?: Readonly<Record<string, string>> | undefined;
}

export function brokerProperties(settings: BrokerSettings): Record<string, string> {
  const replicas = String(settings.replicas);
  const inSync = settings.replicas === 3 ? '2' : '1';
  return {
    ...withLogin(identity(settings), settings),
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

function identity({ id, address, metadata, advertised }: BrokerSettings): Record<string, string> {
  const client = `PLAINTEXT://${address}:${CLIENT_PORT}`;
  const listeners = advertised === undefined ? [client] : [client, `FRONTED://${address}:${FRONTED_PORT}`];
  const addresses = advertised === undefined ? [client] : [client, `FRONTED://${advertised.host}:${advertised.port}`];
  const named = {
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,FRONTED:PLAINTEXT',
  };
  if (metadata.kind === 'zookeeper') {
    return {
      ...(advertised !== undefined && named),
      'broker.id': String(id),
      'zookeeper.connect': metadata.connect,
      'zookeeper.session.timeout.ms': '6000',
      listeners: listeners.join(','),
      'advertised.listeners': addresses.join(','),
    };
  }
  const controls = metadata.controllers.split(',').some(voter => voter.startsWith(`${id}@`));
  return {
    ...named,
    'process.roles': controls ? 'broker,controller' : 'broker',
    'node.id': String(id),
    'controller.quorum.voters': metadata.controllers,
    'controller.listener.names': 'CONTROLLER',
    listeners: [...listeners, ...(controls ? [`CONTROLLER://${address}:${CONTROLLER_PORT}`] : [])].join(','),
    'advertised.listeners': addresses.join(','),
  };
}

function withLogin(properties: Record<string, string>, { login, address }: BrokerSettings): Record<string, string> {
  if (login === undefined) return properties;
  const listener = `LOGIN://${address}:${LOGIN_PORT}`;
  const protocols = properties['listener.security.protocol.map'] ?? 'PLAINTEXT:PLAINTEXT';
  return {
    ...properties,
    listeners: `${properties['listeners']},${listener}`,
    'advertised.listeners': `${properties['advertised.listeners']},${listener}`,
    'listener.security.protocol.map': `${protocols},LOGIN:${login.keystore === undefined ? 'SASL_PLAINTEXT' : 'SASL_SSL'}`,
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.name.login.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.login.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    ...(login.keystore !== undefined && {
      'listener.name.login.ssl.keystore.type': 'PKCS12',
      'listener.name.login.ssl.keystore.location': login.keystore.path,
      'listener.name.login.ssl.keystore.password': login.keystore.password,
    }),
  };
}

/** Java's properties format; a back slash in a value is an escape there. */
export function renderProperties(properties: Readonly<Record<string, string>>): string {
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value.replaceAll('\\', '\\\\')}`);
  return `${lines.join('\n')}\n`;
}
