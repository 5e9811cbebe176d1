/**
 * Tickets tell one group whether it may leave blue: a commit of offset 0 on green's empty topic `_bluegreen`, whose metadata is
 * the ticket. They touch no data offset. A released ticket never becomes held again: the group may have left already.
 */
import { createTopicsV7, deleteTopicsV6, offsetDeleteV0 } from '@platformatic/kafka';
import { formatTicket, parseTicket, TICKET_TOPIC, type Ticket } from 'kafka-bluegreen-switching/ticket';
import type { Cluster } from './cluster.ts';
import { commitFor, coordinatorOf, readCommitted } from './commit-offsets.ts';
import { errorName, KafkaTrouble, troubleOfCode, wholeAnswer } from './errors.ts';
import { patiently, until } from './retry.ts';
import type { LongCall } from './topic-configs.ts';
import { presenceOnBrokers } from './topic-presence.ts';

export type SeenTicket =
  | { readonly kind: 'ticket'; readonly ticket: Ticket }
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed'; readonly reason: string };

export type PutTicket =
  /** The ticket is there, read back. */
  | { readonly kind: 'written' }
  /** The group has members on green: its ticket cannot be written until they left. */
  | { readonly kind: 'split' }
  /** Asked to hold a group that this deployment released before; left as it is. */
  | { readonly kind: 'already-released' }
  /** The group's ticket is of another deployment; left as it is. */
  | { readonly kind: 'foreign'; readonly deployment: string };

const PARTITION = 0;
const TOPIC_TIMEOUT_MS = 15_000;
const BROKERS_DEFAULT = -1;
/** Answers after which the commit is left to go with the topic. */
const LEFT_TO_THE_TOPIC: readonly string[] = ['GROUP_ID_NOT_FOUND', 'NON_EMPTY_GROUP', 'GROUP_SUBSCRIBED_TO_TOPIC'];

/** Creates the topic if it is not there, and waits until every broker knows its leader: a coordinator refuses commits on what it does not know. */
export async function ensureTicketTopic(green: Cluster, o: LongCall = {}): Promise<void> {
  await until(
    `every broker knows the leader of topic ${TICKET_TOPIC}`,
    async () => {
      const seen = await presenceOnBrokers(green, TICKET_TOPIC);
      if (seen.every(state => state === 'led')) return { done: true };
      // Looked at again after each try: a topic that is being deleted "exists", and is gone a moment later.
      if (seen.includes('absent')) await createTicketTopic(green, o);
      return { seen: seen.join(', ') };
    },
    { ...o, everyMs: 250 },
  );
}

async function createTicketTopic(green: Cluster, o: LongCall): Promise<void> {
  await patiently(
    `create topic ${TICKET_TOPIC}`,
    async () => {
      const connection = await green.connectionTo(await controllerOf(green));
      const topic = {
        name: TICKET_TOPIC,
        numPartitions: 1,
        replicationFactor: BROKERS_DEFAULT,
        assignments: [],
        configs: [],
      };
      const answer = await wholeAnswer(createTopicsV7.api.async(connection, [topic], TOPIC_TIMEOUT_MS, false));
      for (const { errorCode, errorMessage } of answer.topics)
        if (errorCode !== 0 && errorName(errorCode) !== 'TOPIC_ALREADY_EXISTS')
          throw troubleOfCode(`create topic ${TICKET_TOPIC}`, errorCode, errorMessage);
    },
    o,
  );
}

/** Writes the group's ticket and reads it back. Asked again it changes nothing. */
export async function putTicket(green: Cluster, group: string, ticket: Ticket, o: LongCall = {}): Promise<PutTicket> {
  const seen = await readTicket(green, group, o);
  const settled = settledBy(seen, ticket);
  if (settled !== null) return settled;
  const metadata = formatTicket(ticket);
  const offsets = [{ topic: TICKET_TOPIC, partitions: [{ partition: PARTITION, offset: '0', metadata }] }];
  const outcome = await commitFor(green, group, offsets, o);
  if (outcome.kind === 'has-members') return { kind: 'split' };
  const after = await readTicket(green, group, o);
  if (after.kind === 'ticket' && formatTicket(after.ticket) === metadata) return { kind: 'written' };
  throw new KafkaTrouble(
    `Expected the ticket "${metadata}" of group ${group} on ${TICKET_TOPIC} after writing it, but read ${describeSeen(after)}. It is tried again.`,
    { kind: 'other', retriable: true },
  );
}

/** Why the ticket that is there is not written over; null when it may be. Pure. */
export function settledBy(seen: SeenTicket, ticket: Ticket): PutTicket | null {
  if (seen.kind !== 'ticket') return null;
  const { deployment, state } = seen.ticket;
  if (deployment !== ticket.deployment) return { kind: 'foreign', deployment };
  if (state === ticket.state) return { kind: 'written' };
  return state === 'released' ? { kind: 'already-released' } : null;
}

/** Each group's ticket; groups that do not exist have none. */
export async function readTickets(
  green: Cluster,
  groups: readonly string[],
  o: LongCall = {},
): Promise<ReadonlyMap<string, SeenTicket>> {
  if (groups.length === 0) return new Map();
  const committed = await readCommitted(green, groups, {
    signal: o.signal,
    only: { topic: TICKET_TOPIC, partition: PARTITION },
  });
  return new Map(
    groups.map(group => {
      const [commit] = committed.get(group) ?? [];
      return [group, commit === undefined ? { kind: 'none' } : parseTicket(commit.metadata)];
    }),
  );
}

/** Removes the groups' tickets and the topic, and waits until no broker knows it. Asked again it changes nothing. */
export async function removeTickets(green: Cluster, groups: readonly string[], o: LongCall = {}): Promise<void> {
  const tickets = await readTickets(green, groups, o);
  for (const [group, ticket] of tickets) if (ticket.kind !== 'none') await removeTicket(green, group, o);
  await patiently(
    `delete topic ${TICKET_TOPIC}`,
    async () => {
      const connection = await green.connectionTo(await controllerOf(green));
      const answer = await wholeAnswer(
        deleteTopicsV6.api.async(connection, [{ name: TICKET_TOPIC, topicId: null }], TOPIC_TIMEOUT_MS),
      );
      for (const { errorCode, errorMessage } of answer.responses)
        if (errorCode !== 0 && errorName(errorCode) !== 'UNKNOWN_TOPIC_OR_PARTITION')
          throw troubleOfCode(`delete topic ${TICKET_TOPIC}`, errorCode, errorMessage);
    },
    o,
  );
  await until(
    `every broker forgot topic ${TICKET_TOPIC}`,
    async () => {
      const seen = await presenceOnBrokers(green, TICKET_TOPIC);
      return seen.every(state => state === 'absent') ? { done: true } : { seen: seen.join(', ') };
    },
    o,
  );
}

async function removeTicket(green: Cluster, group: string, o: LongCall): Promise<void> {
  const what = `remove the ticket of group ${group}`;
  await patiently(
    what,
    async () => {
      const connection = await coordinatorOf(green, group, o);
      const topics = [{ name: TICKET_TOPIC, partitions: [{ partitionIndex: PARTITION }] }];
      const answer = await wholeAnswer(offsetDeleteV0.api.async(connection, group, topics));
      const codes = [answer.errorCode, ...answer.topics.flatMap(t => t.partitions.map(p => p.errorCode))];
      const failed = codes.find(code => code !== 0 && !LEFT_TO_THE_TOPIC.includes(errorName(code)));
      if (failed !== undefined) throw troubleOfCode(what, failed);
    },
    o,
  );
}

async function readTicket(green: Cluster, group: string, o: LongCall): Promise<SeenTicket> {
  return (await readTickets(green, [group], o)).get(group) ?? { kind: 'none' };
}

function describeSeen(seen: SeenTicket): string {
  if (seen.kind === 'ticket') return `"${formatTicket(seen.ticket)}"`;
  return seen.kind === 'none' ? 'none' : `a malformed one (${seen.reason})`;
}

async function controllerOf(green: Cluster): Promise<number> {
  const { controllerId, brokers } = await green.metadata([]);
  const broker = controllerId ?? brokers[0]?.id;
  if (broker !== undefined) return broker;
  throw new KafkaTrouble('Expected green to name a controller, but it names no broker at all. It is tried again.', {
    kind: 'unreachable',
    retriable: true,
  });
}
