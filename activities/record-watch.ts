/**
 * Record and signpost as this run left them, looked at now and then while it works on clusters. Who points the record back sends
 * producers to a blue that is fenced, or is about to be: that is heard of at once, not when the last group has left, days later.
 */
import { NotYet } from '../aws/errors.ts';
import type { Waiting } from '../aws/poll.ts';
import type { Deployment } from '../contract/deployment.ts';
import type { Dependencies } from './dependencies.ts';
import { lookAtStage } from './records.ts';
import type { Stage } from './signposts.ts';
import type { Pace } from './step.ts';

const LOOK_EVERY_MS = 30_000;

export class RecordWatch {
  readonly #look: () => Promise<void>;
  #nextMs = 0;

  constructor(
    deps: Pick<Dependencies, 'aws' | 'evidence'>,
    deployment: Deployment,
    stage: Stage,
    pace: Pace & Pick<Waiting, 'lagMs'>,
  ) {
    // Before the announcement there is no signpost of this run, and the record is its owner's.
    this.#look = async () => (deployment.epoch === null ? undefined : lookAtStage(deps, deployment, stage, pace));
  }

  /**
   * Refuses what somebody changed. When AWS does not answer, the next look may: nothing is done on the strength of this one, and
   * every change of the records looks for itself.
   */
  async look(nowMs = Date.now()): Promise<void> {
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + LOOK_EVERY_MS;
    try {
      await this.#look();
    } catch (error) {
      if (!(error instanceof NotYet)) throw error;
    }
  }
}
