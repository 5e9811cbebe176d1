/** What the producer is measured against, and which aim a run missed. Pure. */
import type { SteadyClient } from './clients.ts';
import type { SwitchingResults } from './results.ts';

const OURS = 'kafka-bluegreen';
/** Other Node clients at their best. */
const BY_HAND: readonly SteadyClient[] = ['kafkajs-batch', 'platformatic'];
const LEAST_OF_BEST = 0.9;
const MOST_STALL_MS = 1_000;

export interface Aim {
  readonly aim: string;
  readonly held: boolean;
  readonly measured: string;
}

export function aimsOf({ steady, flip, hold }: Pick<SwitchingResults, 'steady' | 'flip' | 'hold'>): readonly Aim[] {
  const sizes = [...new Set(steady.map(({ messageBytes }) => messageBytes))];
  const rateOf = (client: SteadyClient, messageBytes: number): number =>
    steady.find(row => row.client === client && row.messageBytes === messageBytes)?.messagesPerSecond ?? 0;
  const throughput = sizes.flatMap((messageBytes): Aim[] => {
    const best = Math.max(...BY_HAND.map(client => rateOf(client, messageBytes)));
    const each = rateOf('kafka-bluegreen', messageBytes);
    const gathered = rateOf('kafka-bluegreen-batch', messageBytes) / best;
    return [
      {
        aim: `one message a send, ${messageBytes} B: faster than kafkajs`,
        held: each > rateOf('kafkajs', messageBytes),
        measured: `${(each / rateOf('kafkajs', messageBytes)).toFixed(1)} times as fast`,
      },
      {
        aim: `one message a send, ${messageBytes} B: not under ${LEAST_OF_BEST} of the best that gathers by hand`,
        held: each >= LEAST_OF_BEST * best,
        measured: `${(each / best).toFixed(2)} of it`,
      },
      {
        aim: `gathered by hand, ${messageBytes} B: faster than every Node client`,
        held: gathered > 1,
        measured: `${gathered.toFixed(2)} of the best`,
      },
    ];
  });
  const ours = flip.find(({ client }) => client === OURS);
  const harm = ours === undefined ? 'not measured' : `${ours.lost} / ${ours.doubled} / ${ours.reordered}`;
  return [
    ...throughput,
    {
      aim: 'over a flip, a stall of under 1 s at the 99th percentile',
      held: ours !== undefined && ours.stallMs.p99 < MOST_STALL_MS,
      measured: ours === undefined ? 'not measured' : `${ours.stallMs.p99} ms`,
    },
    { aim: 'over a flip, lost / doubled / reordered 0 / 0 / 0', held: harm === '0 / 0 / 0', measured: harm },
    {
      aim: 'in a hold, no more is buffered than the bound',
      held: hold.mostBufferedBytes <= hold.maxBufferBytes && hold.failed === 0,
      measured: `${hold.mostBufferedBytes.toLocaleString('en')} of ${hold.maxBufferBytes.toLocaleString('en')} bytes`,
    },
  ];
}
