/**
 * An HTTP proxy between the AWS SDK and an endpoint: counts calls by action and injects faults, among them the one that
 * matters most: the effect happens and the answer is lost. What the endpoint behind it really did is kept. Services are told
 * apart by the signature's scope, actions by the form field `Action` (query protocol) or the path (Route 53).
 */
import { once } from 'node:events';
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

import { type Answer, AnswersBefore } from './answers-before.ts';

export interface AwsFault {
  /** Such as `ChangeResourceRecordSets` or `CreateStack`; `*` is any. */
  readonly action: string;
  /** How many calls it hits; default 1. */
  readonly times?: number;
  /** How many calls go through before; default 0. */
  readonly skip?: number;
  readonly kind: FaultKind;
}

export type FaultKind =
  /** The connection breaks and nothing happened. */
  | { readonly kind: 'drop-before-effect' }
  /** It happened, and the connection breaks instead of an answer. */
  | { readonly kind: 'drop-after-effect' }
  /** An error is answered and nothing happened. */
  | { readonly kind: 'error-before-effect'; readonly status: number; readonly code: string }
  /** It happened, and an error is answered. */
  | { readonly kind: 'error-after-effect'; readonly status: number; readonly code: string }
  /** It happened, and the answer breaks off in its middle. */
  | { readonly kind: 'cut-answer' }
  /** The call goes through late. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** For this long after a write, a look is answered as before it, or with "there is no such thing". Hits any number of calls. */
  | { readonly kind: 'behind'; readonly ms: number };

/** A call that reached the endpoint, and how that answered, whatever the caller was told. */
export interface Answered {
  readonly action: string;
  readonly status: number;
  readonly request: string;
}

export interface AwsFaultProxy {
  /** To be used as `AWS_ENDPOINT_URL`. */
  readonly endpoint: string;
  /** Calls that arrived, by action. */
  readonly calls: ReadonlyMap<string, number>;
  /** How many of them a fault hit, by action. */
  readonly struck: ReadonlyMap<string, number>;
  /** Every write (no Describe, List or Get) that reached the endpoint, in its order, since `inject`. */
  readonly writes: readonly Answered[];
  /** Replaces all faults and forgets the counts. */
  inject(faults: readonly AwsFault[]): void;
  /** Faults that strike once those before them are used up. */
  add(faults: readonly AwsFault[]): void;
  stop(): Promise<void>;
}

interface ArmedFault extends AwsFault {
  toSkip: number;
  left: number;
}

function armedOf(fault: AwsFault): ArmedFault {
  return { ...fault, toSkip: fault.skip ?? 0, left: fault.times ?? 1 };
}

/** Starts the proxy on `host` (default 127.0.0.1) and a free port, in front of `upstream`. */
export async function startAwsFaultProxy(o: { upstream: string; host?: string }): Promise<AwsFaultProxy> {
  const upstream = new URL(o.upstream);
  const agent = new Agent({ keepAlive: true });
  const calls = new Map<string, number>();
  const struck = new Map<string, number>();
  const writes: Answered[] = [];
  const memory = new AnswersBefore();
  let armed: ArmedFault[] = [];

  const takeFault = (action: string): FaultKind | null => {
    const fault = armed.find(f => (f.action === action || f.action === '*') && f.left > 0);
    if (fault === undefined) return null;
    if (fault.kind.kind === 'behind') return fault.kind;
    if (fault.toSkip > 0) {
      fault.toSkip -= 1;
      return null;
    }
    fault.left -= 1;
    return fault.kind;
  };

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body = await buffer(incoming);
    const { service, action } = actionOf(incoming.method ?? '', incoming.url ?? '', incoming.headers, body);
    count(calls, action);
    const fault = takeFault(action);
    const call = `${incoming.method} ${incoming.url} ${body.toString()}`;
    const old = fault?.kind === 'behind' && looks(action) ? memory.before(call, service, action, fault.ms) : null;
    if (fault !== null && (fault.kind !== 'behind' || old !== null)) count(struck, action);
    if (old?.kind === 'unknown') return answerError(outgoing, service, old);
    if (old?.kind === 'answer') return void outgoing.writeHead(old.status, old.headers).end(old.body);
    if (fault?.kind === 'drop-before-effect') return void incoming.socket.destroy();
    if (fault?.kind === 'error-before-effect') return answerError(outgoing, service, fault);
    if (fault?.kind === 'delay') await delay(fault.ms);
    if (!looks(action)) memory.written();
    const answer = await forward(upstream, agent, incoming, body);
    if (looks(action)) memory.keep(call, answer);
    else writes.push({ action, status: answer.status, request: body.toString() });
    if (fault?.kind === 'drop-after-effect') return void incoming.socket.destroy();
    if (fault?.kind === 'error-after-effect') return answerError(outgoing, service, fault);
    outgoing.writeHead(answer.status, answer.headers);
    if (fault?.kind === 'cut-answer')
      return void outgoing.write(answer.body.subarray(0, answer.body.length / 2), () => incoming.socket.destroy());
    outgoing.end(answer.body);
  };

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  server.listen(0, o.host ?? '127.0.0.1');
  await once(server, 'listening');
  const { address, port } = server.address() as AddressInfo;
  return {
    endpoint: `http://${address}:${port}`,
    calls,
    struck,
    writes,
    inject(faults) {
      armed = faults.map(armedOf);
      calls.clear();
      struck.clear();
      writes.length = 0;
      memory.upToDate();
    },
    add(faults) {
      armed.push(...faults.map(armedOf));
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await once(server, 'close');
    },
  };
}

const restActions: readonly [method: string, path: RegExp, action: string][] = [
  ['POST', /^\/[\d-]+\/hostedzone\/[^/]+\/rrset\/?$/, 'ChangeResourceRecordSets'],
  ['GET', /^\/[\d-]+\/hostedzone\/[^/]+\/rrset\/?$/, 'ListResourceRecordSets'],
  ['GET', /^\/[\d-]+\/change\/[^/]+$/, 'GetChange'],
  ['GET', /^\/[\d-]+\/hostedzonesbyname$/, 'ListHostedZonesByName'],
  ['GET', /^\/[\d-]+\/hostedzone\/[^/]+$/, 'GetHostedZone'],
  ['POST', /^\/[\d-]+\/hostedzone\/?$/, 'CreateHostedZone'],
  ['DELETE', /^\/[\d-]+\/hostedzone\/[^/]+$/, 'DeleteHostedZone'],
];

function actionOf(method: string, url: string, headers: IncomingHttpHeaders, body: Buffer) {
  const service = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? 'unknown';
  const path = url.split('?')[0] ?? '';
  const form = headers['content-type']?.includes('x-www-form-urlencoded') === true;
  const action = form
    ? new URLSearchParams(body.toString()).get('Action')
    : restActions.find(([m, pattern]) => m === method && pattern.test(path))?.[2];
  return { service, action: action ?? `${method} ${path}` };
}

function looks(action: string): boolean {
  return /^(Describe|List|Get)/.test(action);
}

function count(counts: Map<string, number>, action: string): void {
  counts.set(action, (counts.get(action) ?? 0) + 1);
}

async function forward(upstream: URL, agent: Agent, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
  const outgoing = request({
    host: upstream.hostname,
    port: upstream.port,
    path: incoming.url,
    method: incoming.method,
    headers: incoming.headers,
    agent,
  });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve);
    outgoing.once('error', reject);
  });
  outgoing.end(body);
  const answer = await response;
  return { status: answer.statusCode ?? 502, headers: answer.headers, body: await buffer(answer) };
}

function answerError(
  outgoing: ServerResponse,
  service: string,
  fault: { status: number; code: string; message?: string },
): void {
  const error = `<Code>${fault.code}</Code><Message>${fault.message ?? `${fault.code} was injected`}</Message>`;
  outgoing.writeHead(fault.status, { 'content-type': 'text/xml' });
  outgoing.end(
    service === 'ec2'
      ? `<Response><Errors><Error>${error}</Error></Errors><RequestID>fault</RequestID></Response>`
      : `<ErrorResponse><Error><Type>Sender</Type>${error}</Error><RequestId>fault</RequestId></ErrorResponse>`,
  );
}
