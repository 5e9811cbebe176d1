/** One way back, asked for in every phase before the first release, on one stream of records. */
import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { guarantee } from '../support/guarantee.ts';
import { AFTER_FLIP, BEFORE_FLIP, momentIn, stretched } from './moments.ts';
import { Service, type Way } from './service.ts';

export function waysBack(way: Way, what: string): void {
  describe(`${what}, in every phase before the first release`, () => {
    let service: Service;
    before(async () => {
      service = await Service.start();
    });
    after(() => service?.stop());

    for (const phase of BEFORE_FLIP) {
      const { afterMs, words } = momentIn(phase, way);
      test(
        ...guarantee(
          { promise: 'undone', fault: `${what} in ${phase}` },
          `in ${phase} undoes everything, and blue serves as it was found`,
          async context => {
            context.diagnostic(words);
            await service.operator.start(stretched);
            await service.in(phase, afterMs);
            await service.assertUndone(await service.takeBack(way, phase));
          },
        ),
      );
    }

    test(
      ...guarantee(
        { promise: 'undone', fault: `${what} in flip, before its batch` },
        'in flip before the batch of records is sent takes keep off blue again, and undoes everything',
        async context => {
          context.diagnostic(await inFlip('keepRecords'));
          const report = await service.takeBack(way, 'flip');
          assert.equal(report.stranded, null);
          await service.traffic.dismiss(service.green);
          await service.assertUndone(report);
        },
      ),
    );

    test(
      ...guarantee(
        { promise: 'returns', fault: `${what} in flip, after its batch` },
        'in flip after the batch of records was accepted brings the traffic back and counts what green took',
        async context => {
          context.diagnostic(await inFlip('awaitFlipSeen'));
          await goesBack('flip');
        },
      ),
    );

    for (const phase of AFTER_FLIP) {
      const { afterMs, words } = momentIn(phase, way);
      test(
        ...guarantee(
          { promise: 'returns', fault: `${what} in ${phase}` },
          `in ${phase} brings the traffic back, and green keeps what it took under its fence, counted by topic`,
          async (context: TestContext) => {
            context.diagnostic(words);
            await service.toTheGate(stretched);
            await service.operator.approve('flip');
            await service.in(phase, afterMs);
            await goesBack(phase);
          },
        ),
      );
    }

    test(
      ...guarantee(
        { promise: 'nothingLost', fault: `${what} in every phase, one after the other` },
        'costs no record over all of them',
        async () => {
          await service.traffic.assertClean();
        },
      ),
    );

    /** Flips, and returns while the step is at work. */
    async function inFlip(step: string): Promise<string> {
      await service.toTheGate(stretched);
      await service.operator.approve('flip');
      await service.operator.untilStep(step);
      return `while ${step} is at work`;
    }

    async function goesBack(phase: 'flip' | (typeof AFTER_FLIP)[number]): Promise<void> {
      const report = await service.takeBack(way, phase);
      await service.assertRolledBack(report);
      await service.deleteGreenAsPrinted(report);
    }
  });
}
