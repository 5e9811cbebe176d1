/**
 * A TCP proxy between Kafka clients and the brokers of one cluster: counts requests by API and injects faults, among them the one
 * that matters most: the effect happens and the answer is lost. It reads the frames of both directions
 * (https://kafka.apache.org/protocol.html#protocol_common) and changes none but those that a fault asks it to. The brokers advertise
 * its addresses, so no client gets past it.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { protocolAPIsById } from '@platformatic/kafka';
import { resetConnection } from '../../local/reset-connection.ts';
import { withErrorCode } from './kafka-error-answers.ts';
import { Frames, readRequest, type SeenRequest } from './kafka-frames.ts';

export interface KafkaFault {
  /** Such as `IncrementalAlterConfigs`; `each` stands for every API by itself. */
  readonly api: string;
  /** Hits only clients whose id begins with this. */
  readonly client?: string;
  /** How many requests of an API it hits; default 1. */
  readonly times?: number;
  /** How many of an API go through before; default 0. */
  readonly skip?: number;
  readonly kind: KafkaFaultKind;
}

export type KafkaFaultKind =
  /** The connection breaks and nothing happened. */
  | { readonly kind: 'cut-before-effect' }
  /** It happened, and the connection breaks instead of an answer. */
  | { readonly kind: 'cut-after-effect' }
  /** It happened, no answer ever comes, and the connection stays open. */
  | { readonly kind: 'silent-after-effect' }
  /** Nothing happened, and from then on the connection passes nothing in either direction and stays open, as one whose peer is unreachable. */
  | { readonly kind: 'blackhole' }
  /** It happened, and the answer waits for `release`. */
  | { readonly kind: 'held-after-effect' }
  /** It happened, and this error is answered for all of it. Answers that cannot carry one are left as they are. */
  | { readonly kind: 'error-after-effect'; readonly code: number }
  /** The answer comes late. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** A look is answered as it was answered first since the faults were injected, if it was. */
  | { readonly kind: 'stale' };

export interface FrontedBroker {
  readonly listen: { readonly host: string; readonly port: number };
  readonly upstream: { readonly host: string; readonly port: number };
}

export interface KafkaFaultProxy {
  /** Every broker's `host:port` at the proxy, separated by commas. */
  readonly bootstrap: string;
  /** Requests that arrived, by API. */
  readonly calls: ReadonlyMap<string, number>;
  /** When each client, by its id, was first heard of, in milliseconds of `performance.now()`. */
  readonly clients: ReadonlyMap<string, number>;
  /** Requests that a fault hit, by API. */
  readonly hits: ReadonlyMap<string, number>;
  /** Replaces all faults and forgets counts and remembered answers. */
  inject(faults: readonly KafkaFault[]): void;
  /** Lets every answer go that is held. */
  release(): void;
  /** Breaks every connection and refuses new ones, until `accept`. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the proxy in front of all brokers of one cluster. */
export async function startKafkaFaultProxy(brokers: readonly FrontedBroker[]): Promise<KafkaFaultProxy> {
  const faults = new Faults();
  const open = new Set<Socket>();
  let servers: Server[] = [];

  const accept = async () => {
    servers = brokers.map(({ upstream }) => createServer(client => relay(client, connect(upstream), faults, open)));
    servers.forEach((server, i) => server.listen({ ...brokers[i]?.listen, exclusive: true }));
    await Promise.all(servers.map(server => once(server, 'listening')));
  };
  const refuse = async () => {
    const closed = servers.map(server => once(server, 'close'));
    for (const server of servers) server.close();
    for (const socket of open) socket.destroy();
    servers = [];
    await Promise.all(closed);
  };
  await accept();
  return {
    bootstrap: brokers.map(({ listen }) => `${listen.host}:${listen.port}`).join(','),
    calls: faults.calls,
    clients: faults.clients,
    hits: faults.hits,
    inject: next => faults.inject(next),
    release: () => faults.release(),
    accept,
    refuse,
    stop: refuse,
  };
}

/** What becomes of one request: its fault, and under which key its answer is remembered. */
interface Pending {
  readonly request: SeenRequest;
  readonly api: string;
  readonly fault: KafkaFaultKind | null;
}

class Faults {
  readonly calls = new Map<string, number>();
  readonly clients = new Map<string, number>();
  readonly hits = new Map<string, number>();
  readonly #firstAnswers = new Map<string, Buffer>();
  #held: (() => void)[] = [];
  #faults: readonly KafkaFault[] = [];
  /** By fault and API: how many requests it has seen. */
  #seen = new Map<KafkaFault, Map<string, number>>();

  inject(faults: readonly KafkaFault[]): void {
    this.#faults = faults;
    this.#seen = new Map(faults.map(fault => [fault, new Map()]));
    this.#firstAnswers.clear();
    this.calls.clear();
    this.clients.clear();
    this.hits.clear();
  }

  hold(answer: () => void): void {
    this.#held.push(answer);
  }

  release(): void {
    for (const answer of this.#held.splice(0)) answer();
  }

  /** Counts the request and takes the first fault that is due for it. */
  take(request: SeenRequest): Pending {
    const api = apiName(request.apiKey);
    this.calls.set(api, (this.calls.get(api) ?? 0) + 1);
    if (!this.clients.has(request.clientId)) this.clients.set(request.clientId, performance.now());
    for (const fault of this.#faults) {
      if (fault.api !== 'each' && fault.api !== api) continue;
      if (fault.client !== undefined && !request.clientId.startsWith(fault.client)) continue;
      const seen = this.#seen.get(fault);
      const before = seen?.get(api) ?? 0;
      const skip = fault.skip ?? 0;
      if (before >= skip + (fault.times ?? 1)) continue;
      seen?.set(api, before + 1);
      if (before < skip) continue;
      this.hits.set(api, (this.hits.get(api) ?? 0) + 1);
      return { request, api, fault: fault.kind };
    }
    return { request, api, fault: null };
  }

  /** The first answer to the same request, remembered from then on where a fault will ask for it. */
  firstAnswer({ request, api }: Pending, answer: Buffer): Buffer {
    if (!this.#faults.some(fault => fault.kind.kind === 'stale' && (fault.api === api || fault.api === 'each')))
      return answer;
    const key = `${request.apiKey} ${request.apiVersion} ${request.body.toString('base64')}`;
    const first = this.#firstAnswers.get(key) ?? answer;
    this.#firstAnswers.set(key, first);
    return first;
  }
}

function apiName(key: number): string {
  return (protocolAPIsById as Readonly<Record<number, string>>)[key] ?? `API ${key}`;
}

function relay(client: Socket, broker: Socket, faults: Faults, open: Set<Socket>): void {
  const pending = new Map<number, Pending>();
  let silent = false;
  const cut = () => {
    resetConnection(client);
    broker.destroy();
  };
  for (const socket of [client, broker]) {
    open.add(socket);
    socket.setNoDelay(true);
    socket.on('error', cut);
    socket.on('close', () => {
      open.delete(socket);
      // What the other side still has to say does not matter: a Kafka connection that ends on one side has ended.
      client.destroy();
      broker.destroy();
    });
  }
  const requests = new Frames(frame => {
    if (silent) return;
    const taken = faults.take(readRequest(frame));
    if (taken.fault?.kind === 'blackhole') silent = true;
    if (silent) return;
    if (taken.fault?.kind === 'cut-before-effect') return cut();
    pending.set(taken.request.correlationId, taken);
    broker.write(frame);
  });
  const answers = new Frames(frame => {
    if (silent) return;
    const correlationId = frame.readInt32BE(4);
    const answered = pending.get(correlationId);
    pending.delete(correlationId);
    if (answered === undefined) return void client.write(frame);
    const first = faults.firstAnswer(answered, frame);
    const { fault } = answered;
    switch (fault?.kind) {
      case 'cut-after-effect':
        return cut();
      case 'silent-after-effect':
        return;
      case 'error-after-effect':
        return void client.write(withErrorCode(answered.api, answered.request.apiVersion, frame, fault.code));
      case 'delay':
        return void setTimeout(() => client.destroyed || client.write(frame), fault.ms);
      case 'held-after-effect':
        return faults.hold(() => client.destroyed || client.write(frame));
      case 'stale': {
        const stale = Buffer.from(first);
        stale.writeInt32BE(correlationId, 4);
        return void client.write(stale);
      }
      default:
        return void client.write(frame);
    }
  });
  client.on('data', chunk => requests.push(chunk));
  broker.on('data', chunk => answers.push(chunk));
}
