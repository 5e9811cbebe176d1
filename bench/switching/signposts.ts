/** What the run writes at the service's names. */
import { formatSignpost } from 'kafka-bluegreen-switching/signpost';
import type { KafkaCluster } from '../../local/cluster.ts';
import { type Names, setName } from './names.ts';

const RUN = '0123456789ab';
let epoch = 0n;

/** Writers are to go to this cluster, or to hold; readers stay on the first. */
export async function pointTo(
  names: Names,
  clusters: readonly [KafkaCluster, ...KafkaCluster[]],
  write: KafkaCluster | 'hold',
): Promise<void> {
  epoch += 1n;
  const [first] = clusters;
  const signpost = formatSignpost({
    epoch,
    by: RUN,
    write: write === 'hold' ? { kind: 'hold' } : { kind: 'cluster', id: write.clusterId },
    read: first.clusterId,
    drain: null,
    addresses: new Map(clusters.map(({ clusterId, bootstrap }) => [clusterId, bootstrap])),
  });
  if (write !== 'hold') await setName(names, 'address', write.bootstrap);
  await setName(names, 'signpost', signpost);
}
