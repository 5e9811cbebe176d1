/** What the traffic process and the demo tell each other: JSON, one message a line, records in columns. */
import type { Stream } from '../auditor/audit.ts';
import type { ClientKind } from './client-kind.ts';
import type { KafkaNames } from './clients.ts';
import type { Applications } from './shapes.ts';

/** Streams are sent once, in the order of their index, before the first row that uses them. */
export interface Rows {
  readonly stream: readonly number[];
  readonly sequence: readonly number[];
}

export type FromTraffic =
  | { readonly kind: 'consuming' }
  | { readonly kind: 'streams'; readonly streams: readonly Stream[] }
  | { readonly kind: 'produced'; readonly count: number }
  | ({ readonly kind: 'acknowledged'; readonly atMs: readonly number[] } & Rows)
  | ({ readonly kind: 'handled'; readonly group: string } & Rows)
  /** A send that the client gave up: the application knows that it may not have been written. */
  | { readonly kind: 'refused'; readonly topic: string; readonly error: string; readonly why: string }
  /** Sends without an answer when the process was ended without care: nobody will ever know of them. */
  | { readonly kind: 'unanswered'; readonly count: number }
  | { readonly kind: 'group-stopped' | 'group-started'; readonly group: string }
  | { readonly kind: 'stopped-producing' };

export type ToTraffic =
  | { readonly kind: 'stop-producing' | 'stop' }
  /** End at once, as a process does that nobody taught to end. */
  | { readonly kind: 'die' }
  | { readonly kind: 'stop-group' | 'start-group'; readonly group: string };

/** What a traffic process is to be, as its last argument. */
export interface TrafficTask extends KafkaNames {
  readonly clients: ClientKind;
  readonly applications: Applications;
  readonly firstSequence: number;
}

/** Splits what arrives on a socket into messages. */
export async function* readMessages<M>(chunks: AsyncIterable<unknown>): AsyncGenerator<M> {
  let unread = '';
  for await (const chunk of chunks) {
    unread += String(chunk);
    const lines = unread.split('\n');
    unread = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as M;
  }
}

export function formatMessage(message: FromTraffic | ToTraffic): string {
  return `${JSON.stringify(message)}\n`;
}
