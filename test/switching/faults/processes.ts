/** Faults of the application itself: it goes while it moves, it is many, it sends more than it may buffer. */
import assert from 'node:assert/strict';
import { chance, moment } from '../../support/seed.ts';
import { eventually } from '../eventually.ts';
import { judge } from '../judge.ts';
import { ApplicationProcess } from './application-process.ts';
import { type FaultCase, inScene, lasts, startedWithAnswersOutstanding, unchanged } from './case.ts';
import { BufferedBytes, usedHeapBytes } from './memory.ts';
import type { Scene } from './scene.ts';
import { inOrderOfService } from './service-order.ts';

const MANY = 10;
const DISCONNECT_DEADLINE_MS = 1_000;
/** On a busy machine; one after the other, they are a minute in moving. */
const MOVED_WITHIN_MS = 180_000;
const CLOSED_WITHIN_MS = DISCONNECT_DEADLINE_MS + 5_000;
const CLIENT = 'orders-instance';
const MOST_A_SECOND = 5;
/** From the moment a client begins to its first request takes it a little longer now than then. */
const JUST_A_SECOND_MS = 800;
const BUFFER_BYTES = 64 * 1_024;
const VALUE_BYTES = 200;
/** Several buffers full. */
const MOST_OPEN = 2_000;
const MOST_HEAP_GROWTH_BYTES = 16 * 1_024 * 1_024;
const STORED_MAYBE = /may or may not have been stored/;
const NOT_STORED = /not stored|before the record was sent|is disconnected: call connect\(\) first/;

/** Stored by the cluster, and nobody says so until the producer asks again. */
const withheld = { kind: 'silent-after-effect' } as const;

const disconnected: FaultCase = {
  brief: true,
  fault: 'disconnect() in the middle of the switch',
  title: 'stores once what it acknowledged, and says of everything else whether it may be stored',
  run: async (world, extent) => {
    const draw = chance('disconnect');
    for (let round = 0; round < extent.rounds; round += 1)
      await inScene(async scene => {
        // Requests are given up on later than the producer is.
        const options = { disconnectDeadlineMs: DISCONNECT_DEADLINE_MS, kafka: {} };
        const producer = await startedWithAnswersOutstanding(scene, withheld, options);
        scene.flip('green');
        await eventually('it begins to move', () => scene.count('switching') === 1);
        await scene.flows(moment(draw, 300));
        const begun = Date.now();
        await producer.disconnect();
        assert.ok(Date.now() - begun < CLOSED_WITHIN_MS, `disconnect took ${Date.now() - begun} ms`);
        const { verdict, logs } = await scene.verdict();
        const { lost, doubled, reordered, foreign } = verdict;
        assert.deepEqual({ lost, doubled, reordered, foreign }, { lost: 0, doubled: 0, reordered: 0, foreign: 0 });
        assertFailuresAreTrue(scene, logs);
      })(world, extent);
  },
};

/** Every rejection says one of two things, and what it says was not stored is in no log. */
function assertFailuresAreTrue(scene: Scene, logs: Awaited<ReturnType<Scene['verdict']>>['logs']): void {
  assert.ok(scene.failures.length > 0, 'some records were neither stored nor failed in time');
  const unsaid = scene.failures.filter(
    ({ error }) => !STORED_MAYBE.test(String(error)) && !NOT_STORED.test(String(error)),
  );
  assert.deepEqual(unsaid.slice(0, 3), []);
  const denied = scene.failures.filter(({ error }) => !STORED_MAYBE.test(String(error)));
  const { lost } = judge(
    denied.map(({ name }) => [name, 0] as const),
    inOrderOfService([], logs),
  );
  assert.equal(
    lost,
    denied.length,
    `${denied.length - lost} records are stored of which it was said that they are not`,
  );
}

const killed: FaultCase = {
  brief: true,
  fault: 'the process is killed in the middle of the switch, and started again',
  title: 'has every record that was acknowledged stored once, before and after',
  run: async (world, extent) => {
    const draw = chance('killed');
    for (let round = 0; round < extent.rounds; round += 1)
      await inScene(async scene => {
        const { logger: _, ...options } = scene.options();
        const task = { options, topic: scene.topic, keys: 50 };
        const first = new ApplicationProcess({ ...task, instance: 'before' });
        const second = () => new ApplicationProcess({ ...task, instance: 'after' });
        try {
          await first.flows(1_000);
          scene.world.blue.proxy.inject([{ api: 'Produce', kind: withheld, times: MANY }]);
          await scene.struck('blue', 'Produce');
          scene.flip('green');
          await first.tells('switching');
          await first.flows(moment(draw, 300));
        } finally {
          await first.kill();
        }
        const again = second();
        try {
          await again.flows(1_000);
          assert.deepEqual(await again.stop(), []);
        } finally {
          await again.kill();
        }
        const [blue, green] = await Promise.all([scene.held('blue'), scene.held('green')]);
        const acknowledged = [...first.acknowledged, ...again.acknowledged];
        const { lost, doubled, reordered } = judge(acknowledged, inOrderOfService([], { blue, green }));
        assert.deepEqual({ lost, doubled, reordered }, { lost: 0, doubled: 0, reordered: 0 });
        assert.ok(blue.length >= 500 && green.length >= 500, `${blue.length} on blue, ${green.length} on green`);
      })(world, extent);
  },
};

const fleet: FaultCase = {
  brief: true,
  fault: 'many producers of one process see the flip at once',
  title: 'goes over with each of them, and begins at most five new clients a second',
  run: inScene(async (scene, { producers }) => {
    const instances = Array.from({ length: producers }, (_, at) => `instance-${at}`);
    for (const instance of instances) {
      const producer = await scene.connect({}, instance);
      scene.load(producer, { producer: instance, keys: 5, everyMs: 500 });
    }
    await scene.flows(producers * 10);
    const green = scene.world.green.proxy;
    green.inject([]);
    scene.flip('green');
    await eventually('each of them moved', () => scene.count('switched') === producers, MOVED_WITHIN_MS);
    const begun = [...green.clients]
      .filter(([client]) => client.startsWith(CLIENT))
      .map(([, atMs]) => Math.round(atMs));
    await scene.flows(producers * 10);
    await scene.assertClean();
    assert.equal(green.calls.get('InitProducerId'), producers, 'each took one new client');
    assert.ok(begun.length === producers && mostWithin(begun, JUST_A_SECOND_MS) <= MOST_A_SECOND, begun.join());
  }),
};

const fullBuffer: FaultCase = {
  brief: true,
  fault: 'the buffer is full in a long hold',
  title: 'makes send wait, buffers what it may and no more, and stores all of it in order afterwards',
  run: inScene(async (scene, { holdMs }) => {
    const buffered = new BufferedBytes(VALUE_BYTES);
    const producer = await scene.connect({ ...buffered.options, maxBufferBytes: BUFFER_BYTES });
    const load = scene.load(producer, {
      valueBytes: VALUE_BYTES,
      mostOpen: MOST_OPEN,
      acknowledged: buffered.acknowledged,
    });
    await scene.flows();
    scene.say([scene.signpost('hold')]);
    await eventually('it holds, and send waits', () => scene.count('held') === 1 && load.open >= MOST_OPEN);
    await eventually(
      'what was outstanding is stored',
      unchanged(() => scene.acknowledged),
    );
    assert.ok(buffered.bytes > BUFFER_BYTES / 2, `${buffered.bytes} bytes are buffered`);
    const [stored, sent, heapBytes] = [scene.acknowledged, scene.sent, usedHeapBytes()];
    await lasts(holdMs, () => assert.ok(buffered.bytes <= BUFFER_BYTES, `${buffered.bytes} bytes are buffered`));
    assert.deepEqual([scene.acknowledged, scene.sent], [stored, sent], 'nothing is stored, and the application waits');
    const grownBytes = usedHeapBytes() - heapBytes;
    assert.ok(grownBytes < MOST_HEAP_GROWTH_BYTES, `the heap has grown by ${grownBytes} bytes`);
    scene.flip('green');
    await scene.switched(1);
    await scene.flows();
    await scene.assertClean();
  }),
};

/** The most moments that lie within any span so long. */
function mostWithin(moments: readonly number[], spanMs: number): number {
  return Math.max(...moments.map(from => moments.filter(at => at >= from && at < from + spanMs).length));
}

export const processCases: readonly FaultCase[] = [disconnected, killed, fleet, fullBuffer];
