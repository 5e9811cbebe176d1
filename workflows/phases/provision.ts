import { beforeFlip, provisioning } from '../activities.ts';
import type { DeploymentRun } from '../run.ts';

/** Green exists, every broker of it answers, and DNS caches have begun to forget: the TTL is low, the signpost steady on blue. */
export async function provision(run: DeploymentRun): Promise<void> {
  run.begun.greenStack = true;
  const created = await beforeFlip.createGreenStack.executeWithOptions({ summary: run.request.green.stack }, [
    run.input(),
  ]);
  run.greenStackId = created.stackId;
  const wait = provisioning(run.request.provision.deadline);
  const { green } = await wait.awaitGreenStack.executeWithOptions({ summary: run.request.green.stack }, [
    { ...run.input(), stackId: created.stackId },
  ]);
  run.know({ green });
  run.begun.announced = true;
  const announced = await beforeFlip.announceDeployment.executeWithOptions(
    { summary: `TTL of ${run.request.record}` },
    [run.input()],
  );
  run.know({ epoch: announced.epoch });
  run.agedAt = announced.agedAt;
  run.leave('provision', {
    detail: `${green.brokers} brokers of Kafka ${green.version} (${green.mode}), cluster ${green.clusterId}; ${announced.detail}`,
  });
}
