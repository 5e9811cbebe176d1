/**
 * A plain group that its owners restart by the wrong name, and so on green, while its records are still on blue: it is split.
 * Under audited traffic the run holds for it, by name and with where to start it, and what it reads twice or not at all is
 * what the run says.
 */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { Plan } from '../../contract/plan.ts';
import type { GroupShape } from '../../demo/traffic/shapes.ts';
import { type LocalStack, startLocal } from '../../local/stack.ts';
import { until } from '../../local/until.ts';
import { APPLICATIONS, AuditedTraffic } from '../e2e/audited.ts';
import { BLUE, bringUpBlue, GREEN, Operator, RECORD, request } from '../e2e/deployment.ts';
import { Eyes } from '../e2e/eyes.ts';
import { Holds } from '../e2e/holds.ts';
import { blueReplaced } from '../e2e/replaced.ts';
import { guarantee } from '../support/guarantee.ts';

const READ_RECORD = 'kafka-read.orders.example.com';
const GROUP = 'invoicing';
const TOPICS = ['sales', 'refunds'];
const PLAIN: GroupShape = { group: GROUP, topics: TOPICS, pauseMs: 0, partitionsConsumedConcurrently: 2 };
const WITHIN_MS = 120_000;

interface Scene {
  readonly local: LocalStack;
  readonly eyes: Eyes;
  readonly operator: Operator;
  readonly traffic: AuditedTraffic;
  readonly holds: Holds;
}

describe('a plain group that is restarted onto green while its records are on blue', { concurrency: 1 }, () => {
  for (const { title, readRecord } of [
    { title: "without a read record starts again at blue's own address", readRecord: null },
    { title: 'starts again at the read record, which still leads to blue', readRecord: READ_RECORD },
  ])
    test(
      ...guarantee(
        {
          promise: 'nothingLost',
          fault: `a plain group joins green too early, ${readRecord === null ? 'without' : 'with'} a read record`,
        },
        `${title}, is seeded again, reads again exactly what is counted, and loses nothing`,
        async context => {
          const scene = await atTheGate(context, readRecord);
          const { eyes, holds, operator, traffic } = scene;
          await traffic.stopPlain(GROUP);
          await traffic.flows(200);
          await operator.approve('flip');
          await draining(scene);
          assert.ok((await leftOn(eyes, BLUE)) > 0, 'it has not read blue to its end');
          await traffic.startPlain(GROUP, RECORD);
          const home = startedWhere(await holds.next(), readRecord);
          await eventually('it has read on green', async () => (await committedOn(eyes, GREEN)) > 0);
          await traffic.stopPlain(GROUP);
          const tooEarly = await committedOn(eyes, GREEN);
          await traffic.startPlain(GROUP, home);
          await holds.resume();
          await operator.until('it is to be restarted', s =>
            s.attention.some(line => line.startsWith('Restart now') && line.includes(GROUP)),
          );
          assert.equal(await leftOn(eyes, BLUE), 0, 'it has read blue to its end');
          await traffic.stopPlain(GROUP);
          assert.equal(await committedOn(eyes, GREEN), 0, 'it is seeded again');
          await traffic.startPlain(GROUP, readRecord ?? RECORD);
          const report = await blueReplaced(scene);
          const release = report.phases.find(p => p.phase === 'release')?.detail ?? '';
          assert.match(
            release,
            new RegExp(`read on green before the release, and again after it \\(offsets\\): ${GROUP} ${tooEarly}(;|$)`),
          );
          const { doubled, reordered } = await judged(traffic);
          assert.equal(doubled, tooEarly, 'it read twice what the run counted');
          context.diagnostic(`read twice ${doubled}, read before what came earlier ${reordered}`);
        },
      ),
    );

  test(
    ...guarantee(
      { promise: 'nothingLost', fault: 'a plain group joins green too early, and is waived' },
      'stays there once it is waived, which the report says; what it had read of blue before is all there was, and nothing is lost',
      async context => {
        const scene = await atTheGate(context, null, { sweeps: 30, every: '1s' });
        const { eyes, holds, operator, traffic } = scene;
        await operator.approve('flip');
        await draining(scene);
        await eventually('it has read blue to its end', async () => (await leftOn(eyes, BLUE)) === 0);
        await traffic.stopPlain(GROUP);
        await traffic.startPlain(GROUP, RECORD);
        startedWhere(await holds.next(), null);
        await operator.tell('waive', { group: GROUP, reason: 'it has read all that it needs' });
        const report = await blueReplaced(scene);
        assert.deepEqual(
          report.waivers.filter(w => w.name === GROUP).map(w => [w.kind, w.by, w.reason]),
          [['group', 'grace', 'it has read all that it needs']],
        );
        assert.doesNotMatch(report.phases.find(p => p.phase === 'release')?.detail ?? '', /read on green before/);
        const { doubled } = await judged(traffic);
        assert.equal(doubled, 0, 'it was not moved back');
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'nothingLost', fault: 'a plain group joins green too early, and is waived with records left on blue' },
      'stays there once it is waived, and misses exactly what it had left on blue; nobody else misses anything',
      async context => {
        const scene = await atTheGate(context, null);
        const { eyes, holds, operator, traffic } = scene;
        await traffic.stopPlain(GROUP);
        await traffic.flows(200);
        await operator.approve('flip');
        await draining(scene);
        await traffic.startPlain(GROUP, RECORD);
        startedWhere(await holds.next(), null);
        const left = await leftOn(eyes, BLUE);
        assert.ok(left > 0, 'it has not read blue to its end');
        await operator.tell('waive', { group: GROUP, reason: 'its owner does not need the rest' });
        await blueReplaced(scene);
        const { inLogs, groups } = await traffic.verdict();
        assert.deepEqual([inLogs.lost, inLogs.doubled, inLogs.reordered], [0, 0, 0]);
        for (const { group, lost, doubled, reordered } of groups)
          assert.deepEqual([lost, doubled, reordered], [group === GROUP ? left : 0, 0, 0], group);
      },
    ),
  );

  /** Everything before the approval of the flip; the request is what the plan asks for. */
  async function atTheGate(
    context: TestContext,
    readRecord: string | null,
    drain: object = request.drain,
  ): Promise<Scene> {
    const local = await startLocal();
    context.after(() => local.stop());
    const eyes = new Eyes(local);
    context.after(() => eyes.close());
    const { bootstrap } = await bringUpBlue(local);
    if (readRecord !== null) await local.pointRecord(readRecord, hostOf(bootstrap), 2);
    const traffic = await AuditedTraffic.start(local, APPLICATIONS, [PLAIN]);
    context.after(() => traffic.stop());

    await traffic.startPlain(GROUP, readRecord ?? RECORD);
    await eventually('it reads', async () => (await committedOn(eyes, BLUE)) > 0);
    await local.startWorker();
    const operator = await Operator.connect(local);
    context.after(() => operator.close());
    const input = { ...request, drain, ...(readRecord === null ? {} : { readRecord }) };
    const { problems, paste } = await operator.plan(input);
    assert.deepEqual(
      problems.map(p => p.on),
      readRecord === null ? [`group ${GROUP}`] : [],
    );
    await operator.start({ ...input, ...filledIn(paste) });
    await operator.until('the run waits for flip', s => s.waitingFor?.kind === 'gate');
    await traffic.observe(GREEN);
    return { local, eyes, operator, traffic, holds: new Holds(operator, local) };
  }

  async function draining({ operator }: Scene): Promise<void> {
    await operator.until('groups are waited for', s => s.phase === 'drain' || s.phase === 'release');
  }

  /** The name that the hold gives for the group's restart. */
  function startedWhere(sentence: string, readRecord: string | null): string {
    const where = readRecord === null ? 'blue by its own address, (\\S+):9092' : '(\\S+), which still leads to blue';
    const found = new RegExp(
      `^Groups are on green before they were released from blue: ${GROUP} \\(1 member.*\\)\\. Stop them there, start them on ${where}, and resume:`,
    ).exec(sentence);
    assert.ok(found?.[1] !== undefined, sentence);
    if (readRecord !== null) assert.equal(found[1], readRecord);
    return found[1];
  }

  /** Nothing is lost in the logs and by no group, library clients see each record once and in order; answers how the plain one did. */
  async function judged(traffic: AuditedTraffic): Promise<{ readonly doubled: number; readonly reordered: number }> {
    const { lost, inLogs, groups, acknowledged } = await traffic.verdict();
    assert.deepEqual([lost, inLogs.lost, inLogs.doubled, inLogs.reordered], [0, 0, 0, 0]);
    assert.ok(acknowledged > 500, `only ${acknowledged} records were acknowledged`);
    for (const { group, complete, unexplained, doubled, reordered } of groups) {
      assert.deepEqual([complete, unexplained], [true, 0], group);
      if (group !== GROUP) assert.deepEqual([doubled, reordered], [0, 0], group);
    }
    const plain = groups.find(({ group }) => group === GROUP);
    assert.ok(plain !== undefined);
    return plain;
  }
});

/** The block that the plan prints, with a name and a reason in it. */
function filledIn(paste: Plan['paste']): object {
  return JSON.parse(
    JSON.stringify(paste ?? {})
      .replaceAll('<who>', 'ada')
      .replaceAll('<why>', 'a test'),
  ) as object;
}

function hostOf(bootstrap: string): string {
  return bootstrap.split(':')[0] ?? '';
}

function eventually(what: string, look: () => Promise<boolean>): Promise<void> {
  return until(what, look, { withinMs: WITHIN_MS });
}

/** What the group has committed there, summed over its partitions. */
async function committedOn(eyes: Eyes, stack: string): Promise<number> {
  const found = await eyes.admin(stack, admin => admin.fetchOffsets({ groupId: GROUP, topics: TOPICS }));
  return found.flatMap(t => t.partitions).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
}

/** How far it is behind there. */
async function leftOn(eyes: Eyes, stack: string): Promise<number> {
  const ends = await eyes.admin(stack, admin => Promise.all(TOPICS.map(topic => admin.fetchTopicOffsets(topic))));
  const held = ends.flat().reduce((sum, { high }) => sum + Number(high), 0);
  return held - (await committedOn(eyes, stack));
}
