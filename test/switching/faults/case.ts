/** What a row of the producer's fault matrix is. */
import { setTimeout as delay } from 'node:timers/promises';
import type { BlueGreenProducer, BlueGreenProducerOptions } from '../../../switching/src/producer.ts';
import type { KafkaFaultKind } from '../../support/kafka-fault-proxy.ts';
import { Scene, type World } from './scene.ts';

/** How far a fault goes: `npm test` shows each in seconds, the soak in full length. */
export interface Extent {
  readonly outageMs: number;
  readonly refusalMs: number;
  readonly holdMs: number;
  readonly producers: number;
  /** Of what depends on the moment that chance draws. */
  readonly rounds: number;
}

export const BRIEF: Extent = { outageMs: 2_000, refusalMs: 1_500, holdMs: 1_500, producers: 8, rounds: 1 };
export const FULL: Extent = { outageMs: 30_000, refusalMs: 20_000, holdMs: 60_000, producers: 50, rounds: 5 };

export interface FaultCase {
  readonly fault: string;
  readonly title: string;
  /** Stands for its kind in `npm test`. */
  readonly brief?: true;
  readonly run: (world: World, extent: Extent) => Promise<void>;
}

const LOOK_MS = 50;
const FEW_KEYS = 5;
const QUIET_MS = 500;

/** Makes a scene, and leaves the clusters undisturbed whatever became of it. */
export function inScene(
  act: (scene: Scene, extent: Extent) => Promise<void>,
  recordOf?: (world: World) => string,
): FaultCase['run'] {
  return async (world, extent) => {
    const scene = await Scene.open(world, recordOf?.(world));
    try {
      await act(scene, extent);
    } finally {
      await scene.close();
    }
  };
}

/**
 * A producer that writes to blue, whose answers of some partitions are struck by a fault, so that they are outstanding; it is
 * under full load in all partitions from then on.
 */
export async function startedWithAnswersOutstanding(
  scene: Scene,
  kind: KafkaFaultKind,
  options: Partial<BlueGreenProducerOptions> = {},
): Promise<BlueGreenProducer> {
  const producer = await scene.connect(options);
  scene.load(producer, { producer: 'early', keys: FEW_KEYS });
  await scene.flows(200);
  // One request, for a few partitions: the others flow, and show that they wait for nobody.
  scene.world.blue.proxy.inject([{ api: 'Produce', kind }]);
  await scene.struck('blue', 'Produce');
  scene.load(producer);
  return producer;
}

/** A fault that lasts: looks all the while that what must hold meanwhile does. */
export async function lasts(durationMs: number, holds: () => void): Promise<void> {
  for (const end = Date.now() + durationMs; Date.now() < end; await delay(LOOK_MS)) holds();
}

/** Holds once a number has been the same for a while. */
export function unchanged(value: () => number): () => boolean {
  let [last, since] = [value(), Date.now()];
  return () => {
    if (value() !== last) [last, since] = [value(), Date.now()];
    return Date.now() - since >= QUIET_MS;
  };
}
