/** A group led through a whole deployment on two real clusters, disturbed wherever a test wants to. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import type { BlueGreenConsumerOptions } from '../../switching/src/consumer.ts';
import { eventually } from './eventually.ts';
import { GroupJournal, type Handling, judge } from './group-journal.ts';
import { type GroupScenes, RUN } from './group-scenes.ts';

export const MOMENTS = [
  'before the flip',
  'its ticket held',
  'after the flip',
  'its ticket released',
  'the last group drained',
  'steady on green',
] as const;
export type Moment = (typeof MOMENTS)[number];

export type Scene = Awaited<ReturnType<GroupScenes['scene']>>;
export type Running = Awaited<ReturnType<Scene['runWith']>>;

/** Of a broker whose groups notice within seconds that a member was killed. */
export const quickGroups = { 'group.min.session.timeout.ms': '500' };
const QUICK_SESSION = { maxWaitTimeInMs: 100, sessionTimeout: 6_000, heartbeatInterval: 200 };
/** Other work on the machine makes groups slow, not wrong. */
const PATIENCE_MS = 90_000;
const CLEAN = { missed: 0, again: 0, reordered: 0, onBoth: 0 };

export class GroupWalk {
  readonly scenes: GroupScenes;
  readonly scene: Scene;
  readonly journal: GroupJournal;
  readonly records: number;
  readonly members: Running[] = [];

  private constructor(scenes: GroupScenes, scene: Scene, journal: GroupJournal, records: number) {
    this.scenes = scenes;
    this.scene = scene;
    this.journal = journal;
    this.records = records;
  }

  /** `records` are given to each cluster. */
  static async begin(t: TestContext, scenes: GroupScenes, records: number, handlerMs?: number): Promise<GroupWalk> {
    const scene = await scenes.scene(t, [scenes.steadyOnBlue(1n)]);
    return new GroupWalk(scenes, scene, new GroupJournal(handlerMs), records);
  }

  async start(more: Partial<BlueGreenConsumerOptions> = {}): Promise<Running> {
    const member = await this.scene.runWith(
      { eachMessage: ({ partition, message }) => this.journal.handle(partition, String(message.value)) },
      { consumer: QUICK_SESSION, ...more },
    );
    this.members.push(member);
    return member;
  }

  /** The oldest member leaves, and another one takes its place. */
  async restartOne(): Promise<void> {
    await this.members.shift()?.consumer.disconnect();
    await this.start();
  }

  /** The whole deployment; `disturb` may take its time at each moment. */
  async lead(disturb: (moment: Moment) => Promise<void>): Promise<void> {
    const { scene, scenes, records } = this;
    await scene.produce(scenes.blue, 0, records / 2);
    await disturb('before the flip');
    scene.say([scenes.steadyOnBlue(2n, RUN)]);
    await scene.seed();
    await scene.ticket('held');
    await disturb('its ticket held');
    await scene.produce(scenes.blue, records / 2, records / 2);
    scene.say([scenes.flipped(3n)]);
    await scene.produce(scenes.green, 0, records / 2);
    await disturb('after the flip');
    await scene.drained(PATIENCE_MS);
    await scene.ticket('released');
    await disturb('its ticket released');
    scene.say([scenes.lastGroupDrained(4n)]);
    await disturb('the last group drained');
    await eventually(
      'nobody is on blue',
      async () => (await scenes.membersOn(scenes.blue, scene.name)) === 0,
      PATIENCE_MS,
    );
    scene.say([scenes.steadyOnGreen(5n)]);
    await disturb('steady on green');
    await scene.produce(scenes.green, records / 2, records / 2);
  }

  /** Every record was handled; what the judge says of how. */
  async judged(others: () => readonly Handling[] = () => []) {
    const all = () => [...this.journal.handlings, ...others()];
    await eventually(
      'every record was handled',
      () => judge(all(), this.records, this.records).missed === 0,
      PATIENCE_MS,
    );
    return judge(all(), this.records, this.records);
  }

  /** Each record once, and in order. */
  async assertClean(): Promise<void> {
    assert.deepEqual(await this.judged(), CLEAN);
  }
}

/** A member in a process of its own, and what it told before it died. */
export class MemberProcess {
  readonly #child: ReturnType<typeof spawn>;
  readonly #open = new Map<string, { value: string; partition: number; beganMs: number }>();
  readonly handlings: Handling[] = [];
  readonly events: string[] = [];
  #diedMs = Number.POSITIVE_INFINITY;

  /** Returns when it has joined its group, wherever that is. */
  static async start(t: TestContext, walk: GroupWalk): Promise<MemberProcess> {
    const process = new MemberProcess(t, walk);
    await eventually('the process has joined its group', () => process.events.includes('joined'), PATIENCE_MS);
    return process;
  }

  private constructor(t: TestContext, { scenes, scene }: GroupWalk) {
    const script = new URL('group-process.ts', import.meta.url).pathname;
    const args = [`${scene.name}.example.com`, scenes.dns.server, scene.name, scene.name];
    this.#child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => this.kill());
    if (this.#child.stdout !== null) createInterface(this.#child.stdout).on('line', line => this.#hear(line));
  }

  /** With those that its death cut off. */
  all(): Handling[] {
    return [...this.handlings, ...[...this.#open.values()].map(open => ({ ...open, endedMs: this.#diedMs }))];
  }

  /** SIGKILL; returns when it is gone. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
    this.#diedMs = Date.now() - performance.timeOrigin;
  }

  #hear(line: string): void {
    const { event, value, partition, atMs } = JSON.parse(line) as {
      event: string;
      value: string;
      partition: number;
      atMs: number;
    };
    const nowMs = atMs - performance.timeOrigin;
    if (event === 'began') this.#open.set(value, { value, partition, beganMs: nowMs });
    else if (event === 'ended') {
      const open = this.#open.get(value);
      this.#open.delete(value);
      this.handlings.push({ value, partition, beganMs: open?.beganMs ?? nowMs, endedMs: nowMs });
    } else this.events.push(event);
  }
}
