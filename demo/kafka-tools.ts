/**
 * Before blue is deleted, Kafka's own tools are asked whether they see what we say: every group at the end on blue, green's
 * topic configs as blue's owners had set them, nothing can be produced to blue.
 */
import type { LocalStack } from '../local/stack.ts';
import type { Colour } from './samples.ts';
import {
  configsAsOriginally,
  groupsAtEnd,
  parseGroupDescription,
  parseProducerOutput,
  parseTopicConfigs,
  type ToolCheck,
} from './tool-output.ts';
import { DEMO_APPLICATIONS } from './traffic/shapes.ts';

const { groups: GROUPS, topics: TOPICS } = DEMO_APPLICATIONS;

/** The group tool gives up after 5 s by itself, which a busy machine needs to start three JVMs. */
const TOOL_DEADLINE_MS = 60_000;

export interface ToolTarget {
  readonly version: string;
  /** The load balancer's own name and port. */
  readonly bootstrap: string;
}

export type RunTool = LocalStack['runKafkaTool'];

export async function askKafkaTools(run: RunTool, blue: ToolTarget, green: ToolTarget): Promise<ToolCheck[]> {
  return Promise.all([groupsOnBlue(run, blue), configsOnGreen(run, green), producingTo(run, 'blue', blue)]);
}

async function groupsOnBlue(run: RunTool, blue: ToolTarget): Promise<ToolCheck> {
  const partitions = new Map(TOPICS.map(topic => [topic.topic, topic.partitions]));
  const { stdout } = await run(blue.version, 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', [
    '--bootstrap-server',
    blue.bootstrap,
    '--describe',
    '--all-groups',
    '--timeout',
    `${TOOL_DEADLINE_MS}`,
  ]);
  const wanted = GROUPS.map(({ group, topics }) => ({
    group,
    partitions: topics.reduce((total, topic) => total + (partitions.get(topic) ?? 0), 0),
  }));
  const ours = new Set(GROUPS.map(({ group }) => group));
  const rows = parseGroupDescription(stdout).filter(row => ours.has(row.group));
  return { asked: 'ConsumerGroupCommand: is every group at the end on blue?', ...groupsAtEnd(rows, wanted) };
}

async function configsOnGreen(run: RunTool, green: ToolTarget): Promise<ToolCheck> {
  const { stdout } = await run(green.version, 'kafka.admin.ConfigCommand', [
    '--bootstrap-server',
    green.bootstrap,
    '--describe',
    '--entity-type',
    'topics',
  ]);
  const originals = new Map(TOPICS.map(({ topic, configs }) => [topic, configs]));
  return {
    asked: "ConfigCommand: are green's topic configs blue's originals?",
    ...configsAsOriginally(parseTopicConfigs(stdout), originals),
  };
}

/** Whether a cluster that must not be written any more refuses a record. */
export async function producingTo(run: RunTool, colour: Colour, target: ToolTarget): Promise<ToolCheck> {
  const asked = `VerifiableProducer: is a record refused by ${colour}?`;
  const topic = TOPICS[0]?.topic ?? '';
  const args = ['--bootstrap-server', target.bootstrap, '--topic', topic, '--max-messages', '1', '--acks', '-1'];
  const { stdout } = await run(target.version, 'org.apache.kafka.tools.VerifiableProducer', args);
  const seen = parseProducerOutput(stdout);
  if (seen.kind === 'acknowledged') return { asked, agrees: false, saw: `a record was written to ${topic}` };
  if (seen.kind === 'refused')
    return { asked, agrees: seen.by === 'RecordTooLargeException', saw: `${topic}: ${seen.by}` };
  return { asked, agrees: false, saw: 'the producer said neither that it wrote nor that it was refused' };
}
