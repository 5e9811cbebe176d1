/**
 * Order total under audited traffic: rolled back and cancelled while writers hold, kept waiting by plain producers on either cluster,
 * and brought to its end, all on one stream of records.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../../local/until.ts';
import { BLUE, GREEN, request } from '../e2e/deployment.ts';
import { Service } from '../e2e/service.ts';
import { Straggler } from '../e2e/straggler.ts';
import { guarantee } from '../support/guarantee.ts';

const total = { ...request, order: 'total' };
const WITHIN_MS = 300_000;

describe('a deployment with order total, under traffic', { concurrency: 1 }, () => {
  let service: Service;
  let plain: Straggler | null = null;
  before(async () => {
    service = await Service.start();
  });
  after(async () => {
    await plain?.stop();
    await service?.stop();
  });

  async function plainWriter(stack: string): Promise<Straggler> {
    plain = await Straggler.start(await service.eyes.kafka(stack, 'plain'), 'payments');
    return plain;
  }

  /** Flips, and returns when the plain producer is named: writers hold, and the run waits for it. */
  async function heldBy(stack: string, colour: 'blue' | 'green'): Promise<Straggler> {
    await service.toTheGate(total);
    const writer = await plainWriter(stack);
    await service.operator.approve('flip');
    await service.operator.until(
      'the plain producer is named',
      s => s.attention.some(sentence => sentence.includes(`payments on ${colour} (`)),
      WITHIN_MS,
    );
    return writer;
  }

  for (const way of ['rollback', 'cancel'] as const)
    test(
      ...guarantee(
        {
          promise: 'returns',
          fault: `${way === 'rollback' ? 'a rollback' : 'a cancellation'} while writers hold for order total`,
        },
        `${way} while writers hold sends them back to blue, and green took no record`,
        async () => {
          const writer = await heldBy(BLUE, 'blue');
          const report = await service.takeBack(way, 'settle');
          assert.deepEqual(report.stranded, {});
          assert.deepEqual([report.order, report.stall?.openedAt], ['total', null]);
          assert.equal((await writer.stop()).refused, 0, 'blue stayed open to it');
          // It knows no group: what it wrote is not waited for.
          await service.eyes.commitAtEnds(BLUE, 'billing', 'payments');
          await service.assertRolledBack(report);
          await service.deleteGreenAsPrinted(report);
        },
      ),
    );

  test(
    ...guarantee(
      { promise: 'holds', fault: 'plain producers on green, then on blue, that do not stop while writers hold' },
      'plain producers that do not stop hold the run by name, on green until one is stopped, on blue until it is waived, and are refused then',
      async context => {
        const { holds } = service;
        const onGreen = await heldBy(GREEN, 'green');
        assert.match(
          await holds.next(),
          /^Still written 30s after all writers were asked to hold: payments on green \(\d partitions?, [\d.]+\/s\)\. Library producers wait meanwhile\./,
        );
        await onGreen.stop();
        const onBlue = await plainWriter(BLUE);
        await holds.resume();
        const sentence = /^Still written 30s after all writers were asked to hold: payments on blue \(/;
        assert.match(await holds.next(), sentence);
        await holds.resume();
        assert.match(await holds.next(), sentence, 'a resume in vain holds again');
        assert.equal(onBlue.refused, 0, 'blue is open to it');
        await service.operator.tell('waive', { straggler: 'payments', reason: 'its owner is on leave' });
        const { stall } = await service.operator.until(
          'green is opened',
          s => s.stall !== null && s.stall.openedAt !== null,
          WITHIN_MS,
        );
        await until('it is refused', async () => onBlue.refused > 0, { withinMs: 60_000 });
        await onBlue.stop();
        const { phases } = await service.operator.status();
        assert.match(
          phases.find(p => p.phase === 'settle')?.detail ?? '',
          /written to green before it was opened, by producers that follow no signpost \(offsets\): payments \d+/,
        );
        context.diagnostic(`writers held from ${stall?.heldAt} to ${stall?.openedAt}`);
        await service.traffic.flows();
      },
    ),
  );

  test(
    ...guarantee(
      { promise: 'nothingLost', fault: 'order total, after two ways back and three holds on the same records' },
      'the deployment comes to its end, and nothing was lost, doubled or reordered',
      async () => {
        await service.operator.until(
          'the groups are waited for',
          s => ['drain', 'release'].includes(s.phase),
          WITHIN_MS,
        );
        await service.eyes.commitAtEnds(BLUE, 'billing', 'payments');
        // Green keeps what the plain producer wrote there until the group has read it.
        await service.operator.until('green is waited for', s => s.phase === 'bake', WITHIN_MS);
        await service.eyes.commitAtEnds(GREEN, 'billing', 'payments');
        await service.replaceBlue();
        const { historyLength } = await service.operator.handle.describe();
        assert.ok(historyLength <= 350 + 24 * 3, `${historyLength} events`);
        await service.traffic.assertClean();
      },
    ),
  );
});

describe('a deployment with order total whose producers all follow the signpost', () => {
  let service: Service;
  before(async () => {
    service = await Service.start();
  });
  after(() => service?.stop());

  test(
    ...guarantee(
      { promise: 'nothingLost', fault: 'order total' },
      'goes from blue to green by itself, and costs the stall that its report says',
      async context => {
        await service.toTheGate(total);
        await service.operator.approve('flip');
        const { order, stall } = await service.replaceBlue();
        const { lost, doubled, reordered } = await service.traffic.assertClean();
        assert.deepEqual({ order, lost, doubled, reordered }, { order: 'total', lost: 0, doubled: 0, reordered: 0 });
        const ms = Date.parse(stall?.openedAt ?? '') - Date.parse(stall?.heldAt ?? '');
        assert.ok(ms > 0);
        context.diagnostic(`writers held for ${ms} ms with a TTL of 1 s`);
      },
    ),
  );
});
