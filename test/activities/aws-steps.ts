/**
 * Every way in which a run talks to AWS, activity by activity and in the order in which a run comes to them. What they call is
 * recorded from a run without faults, so that a new call cannot be forgotten where faults are tried.
 */
import assert from 'node:assert/strict';
import type { AwsWorld, Ended } from './aws-world.ts';

export interface AwsStep {
  /** The activities it runs. */
  readonly name: string;
  /** One of the few that stand for all where time is short. */
  readonly stands?: true;
  /** What was there before; no fault strikes it. */
  readonly prepare: (world: AwsWorld) => Promise<void>;
  readonly run: (world: AwsWorld) => Promise<readonly Ended[]>;
}

const fromBlue = async () => {};
const withGreen = (world: AwsWorld) => world.withGreen();
const announced = async (world: AwsWorld) => {
  await world.withGreen();
  await world.step('announceDeployment');
};
const flipped = async (world: AwsWorld) => {
  await announced(world);
  await world.step('flipRecord');
};
const readersMoved = async (world: AwsWorld) => {
  await flipped(world);
  await world.step('moveReaders');
};

export const awsSteps: readonly AwsStep[] = [
  { name: 'inspect', prepare: world => world.serve(), run: async world => [await world.step('inspect')] },
  {
    name: 'createGreenStack, awaitGreenStack',
    stands: true,
    prepare: fromBlue,
    run: async world => {
      const created = await world.step('createGreenStack');
      assert.ok(created.kind === 'done', JSON.stringify(created));
      const [awaited] = await Promise.all([
        world.step('awaitGreenStack', { stackId: created.result['stackId'] }),
        world.greenIsHealthy(),
      ]);
      return [created, awaited];
    },
  },
  {
    name: 'announceDeployment, returnRecord',
    prepare: withGreen,
    run: async world => [await world.step('announceDeployment'), await world.step('returnRecord')],
  },
  {
    name: 'awaitGreenStack of a creation that fails, deleteGreen',
    prepare: world => world.willFail('create', 'Broker2', 'no capacity in this zone'),
    run: async world => {
      const created = await world.step('createGreenStack');
      const { stackId } = created.kind === 'done' ? created.result : { stackId: null };
      return [created, await world.step('awaitGreenStack', { stackId }), await world.step('deleteGreen', { stackId })];
    },
  },
  {
    name: 'deleteGreen that fails once, until it is done',
    prepare: async world => {
      await world.withGreen();
      await world.willFail('delete', 'Broker2', 'in use by somebody else');
    },
    run: async world => {
      const stackId = world.deployment.green?.stackId;
      // A green whose cluster the run never met: any other is asked first what it holds.
      world.deployment = { ...world.deployment, green: null };
      const first = await world.step('deleteGreen', { stackId });
      // The SDK's own retry after a lost answer may already be the second try.
      return [first.kind === 'done' ? first : await world.step('deleteGreen', { stackId })];
    },
  },
  { name: 'confirmBeforeFlip', prepare: announced, run: async world => [await world.step('confirmBeforeFlip')] },
  {
    name: 'announceDeployment, flipRecord, awaitFlipSeen',
    stands: true,
    prepare: withGreen,
    run: async world => {
      const moved = [await world.step('announceDeployment'), await world.step('flipRecord')];
      await world.serve();
      return [...moved, await world.step('awaitFlipSeen')];
    },
  },
  {
    name: 'flipRecord, moveReaders',
    prepare: announced,
    run: async world => [await world.step('flipRecord'), await world.step('moveReaders')],
  },
  {
    name: 'flipRecord, locateTraffic by a run that never heard of the flip',
    stands: true,
    prepare: announced,
    run: async world => {
      const before = world.deployment;
      const flip = await world.step('flipRecord');
      world.deployment = before;
      return [flip, await world.step('locateTraffic')];
    },
  },
  {
    name: 'flipRecord, holdWrites, returnRecord',
    prepare: announced,
    run: async world => [
      await world.step('flipRecord'),
      await world.step('holdWrites'),
      await world.step('returnRecord'),
    ],
  },
  {
    name: 'flipToHold, openGreen',
    prepare: announced,
    run: async world => [await world.step('flipToHold'), await world.step('openGreen')],
  },
  {
    name: 'moveReaders, stopBlue, deleteBlue, closeDeployment',
    prepare: flipped,
    run: async world => [
      await world.step('moveReaders'),
      await world.step('stopBlue'),
      await world.step('deleteBlue'),
      await world.step('closeDeployment'),
    ],
  },
  {
    name: 'deleteBlue when it is stopped already',
    prepare: async world => {
      await readersMoved(world);
      await world.step('stopBlue');
    },
    run: async world => [await world.step('stopBlue'), await world.step('deleteBlue')],
  },
  {
    name: 'createGreenStack, deleteGreen',
    prepare: fromBlue,
    run: async world => {
      const created = await world.step('createGreenStack');
      const stackId = created.kind === 'done' ? created.result['stackId'] : null;
      return [created, await world.step('deleteGreen', { stackId })];
    },
  },
  {
    name: 'createGreenStack, deleteGreen by a run that never heard of its creation',
    stands: true,
    prepare: fromBlue,
    run: async world => [await world.step('createGreenStack'), await world.step('deleteGreen')],
  },
];

/** Every AWS action of the product; recorded from the steps above, and compared with what whole runs call. */
export const awsActions = [
  'ChangeResourceRecordSets',
  'CreateStack',
  'DeleteStack',
  'DescribeInstances',
  'DescribeStackEvents',
  'DescribeStacks',
  'DescribeTargetHealth',
  'GetChange',
  'GetHostedZone',
  'GetStackPolicy',
  'GetTemplate',
  'GetTemplateSummary',
  'ListHostedZonesByName',
  'ListResourceRecordSets',
  'ListStackResources',
  'StopInstances',
] as const;
