/**
 * Two clusters that keep their metadata in ZooKeeper need different chroots, whatever names their servers are given: on
 * one chroot the brokers of both would join one broken cluster. Pure.
 */
import type { Problem } from '../contract/problem.ts';

type Parameters = Readonly<Record<string, string>>;

/** The problem of a green that would join blue's cluster, if it would. */
export function sharedChroot(blue: Parameters, green: Parameters, greenStack: string): Problem[] {
  const blueConnect = zooKeeperConnect(blue);
  const greenConnect = zooKeeperConnect(green);
  if (blueConnect === null || greenConnect === null) return [];
  const chroot = chrootOf(greenConnect);
  if (chrootOf(blueConnect) !== chroot) return [];
  const servers = greenConnect.split('/')[0] ?? '';
  return [
    {
      on: 'green.parameters.ZooKeeperConnect',
      problem: `has the chroot ${chroot}, which is blue's own: the brokers of both would join one cluster.`,
      remedy: `Give green its own, such as ${servers}/${greenStack}, or MetadataMode kraft.`,
    },
  ];
}

/** The connect string of a cluster that keeps its metadata in ZooKeeper, or null. */
function zooKeeperConnect(parameters: Parameters): string | null {
  const connect = (parameters['ZooKeeperConnect'] ?? '').trim();
  return connect === '' || parameters['MetadataMode'] === 'kraft' ? null : connect;
}

/** ZooKeeper reads everything from the first slash on as the chroot; none is the root. */
function chrootOf(connect: string): string {
  const slash = connect.indexOf('/');
  const path = slash === -1 ? '' : connect.slice(slash);
  return `/${path.split('/').filter(Boolean).join('/')}`;
}
