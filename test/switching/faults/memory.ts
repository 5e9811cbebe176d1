/** What a producer keeps in memory, seen from outside. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import kafkajs, { type PartitionerArgs } from 'kafkajs';
import type { BlueGreenProducerOptions } from '../../../switching/src/producer.ts';

/** Records of one size that were let into the buffer, which is when they get their partition, and are not stored. */
export class BufferedBytes {
  readonly #perRecord: number;
  #records = 0;

  /** Of the value alone: what is buffered is at least as much as is counted here. */
  constructor(perRecord: number) {
    this.#perRecord = perRecord;
  }

  get bytes(): number {
    return this.#records * this.#perRecord;
  }

  readonly acknowledged = (): void => {
    this.#records -= 1;
  };

  readonly options: Pick<BlueGreenProducerOptions, 'createPartitioner'> = {
    createPartitioner: () => {
      const partition = kafkajs.Partitioners.DefaultPartitioner();
      return (args: PartitionerArgs) => {
        this.#records += 1;
        return partition(args);
      };
    },
  };
}

export function usedHeapBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
