/**
 * A Network Load Balancer's listener as a TCP proxy. Connections go in turn to healthy targets, or to all when none is
 * healthy ("fail open"), and end when their target leaves, becomes unhealthy, or the load balancer is deleted.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { resetConnection } from '../reset-connection.ts';

export interface Target {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly healthy: boolean;
}

export class Listener {
  readonly #server: Server;
  readonly #connections = new Map<Socket, { readonly targetId: string; readonly upstream: Socket }>();
  #targets: readonly Target[] = [];
  #turn = 0;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', client => this.#accept(client));
  }

  static async open(host: string, port: number): Promise<Listener> {
    const server = createServer();
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    return new Listener(server);
  }

  follow(targets: readonly Target[]): void {
    const open = new Set(candidates(targets).map(target => target.id));
    this.#targets = targets;
    for (const [client, { targetId }] of this.#connections) if (!open.has(targetId)) client.destroy();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()));
    for (const client of this.#connections.keys()) client.destroy();
    await closed;
  }

  #accept(client: Socket): void {
    const choice = candidates(this.#targets);
    const target = choice[this.#turn++ % Math.max(1, choice.length)];
    client.on('error', () => client.destroy());
    if (target === undefined) {
      resetConnection(client);
      return;
    }
    const upstream = connect({ host: target.host, port: target.port, noDelay: true });
    client.setNoDelay(true);
    this.#connections.set(client, { targetId: target.id, upstream });
    upstream.on('error', () => resetConnection(client));
    upstream.on('close', () => client.destroy());
    client.on('close', () => {
      this.#connections.delete(client);
      upstream.destroy();
    });
    client.pipe(upstream).pipe(client);
  }
}

function candidates(targets: readonly Target[]): readonly Target[] {
  const healthy = targets.filter(target => target.healthy);
  return healthy.length > 0 ? healthy : targets;
}
