import { sleep } from '@temporalio/workflow';
import type { Activities, Done } from '../../contract/activities.ts';
import { fromFlip } from '../activities.ts';
import { held, heldUnlessWaived } from '../holding.ts';
import type { DeploymentRun } from '../run.ts';

type Proved = Awaited<ReturnType<Activities['proveBlueDrained']>>;

/** Blue is deleted only after its own approval, and only when everything that was proved is proved again. */
export async function decommission(run: DeploymentRun): Promise<void> {
  while ((await run.awaitGate('decommission', null, 'Approval of the deletion of blue')) === 'rejected') {
    await run.hold(
      'The deletion of blue was rejected. Blue stands fenced and green carries everything; resume asks for the approval again.',
    );
  }
  const { proved, stopped } = await stopProved(run);
  if (run.request.keepStopped > 0 && proved.blue !== 'gone')
    await sleep(run.request.keepStopped, { summary: 'Blue is kept stopped' });
  while (await run.holdIfToldToKeepBlue(keptStopped(run.request.blue.stack)));
  run.moveTo('deleting');
  const deleted = await held(run, () =>
    fromFlip.deleteBlue.executeWithOptions({ summary: run.request.blue.stack }, [run.input()]),
  );
  const closed = await held(run, () =>
    fromFlip.closeDeployment.executeWithOptions({ summary: 'signpost steady on green' }, [run.input()]),
  );
  run.know({ epoch: closed.epoch });
  await held(run, () => fromFlip.removeTickets.executeWithOptions({ summary: '_bluegreen' }, [run.input()]));
  run.leave('decommission', {
    detail: `${proved.detail}; ${stopped.detail}; ${deleted.detail}; ${closed.detail}`,
    evidence: proved.evidence,
  });
}

const RUNS = 'Blue runs, fenced, and green carries everything; resume proves blue drained again, stops and deletes it.';

function keptStopped(stack: string): string {
  const instances = `aws cloudformation list-stack-resources --stack-name ${stack} --query "StackResourceSummaries[?ResourceType=='AWS::EC2::Instance'].PhysicalResourceId" --output text`;
  return `Blue is stopped, and its stack stands: resume deletes it, running or not. If it is needed, do not resume, and start its instances: aws ec2 start-instances --instance-ids $(${instances})`;
}

/** Days may pass in a hold, with blue running: each try to stop it begins with a proof of its own. */
async function stopProved(run: DeploymentRun): Promise<{ readonly proved: Proved; readonly stopped: Done }> {
  return held(run, async () => {
    let proved = await prove(run);
    while (await run.holdIfToldToKeepBlue(RUNS)) proved = await prove(run);
    run.keepEvidence({ deletion: proved.evidence });
    run.moveTo('stopping');
    const stopped = await fromFlip.stopBlue.executeWithOptions({ summary: run.request.blue.stack }, [run.input()]);
    return { proved, stopped };
  });
}

function prove(run: DeploymentRun): Promise<Proved> {
  return heldUnlessWaived(run, () =>
    fromFlip.proveBlueDrained.executeWithOptions({ summary: 'fence, ends, ledger, members' }, [run.inputWithWaivers()]),
  );
}
