/** What the traffic process and the demo tell each other: JSON, one message a line, records in columns. */
import type { Stream } from '../auditor/audit.ts';

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
  | { readonly kind: 'refused'; readonly topic: string; readonly why: string }
  | { readonly kind: 'stopped-producing' };

export type ToTraffic = { readonly kind: 'stop-producing' } | { readonly kind: 'stop' };

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
