/**
 * Whoever may send a signal may send one that the SDK cannot hand to its handler: a payload in an encoding that this worker does not
 * know (the Web UI offers json/protobuf), broken JSON, a name with the SDK's own prefix. Left alone, each would fail the workflow's
 * task, and every retry of it, for ever. Here such a signal becomes one that can be shown as ignored; such an update or start, one
 * that is refused with a sentence.
 */
import {
  defaultPayloadConverter,
  type WorkflowInterceptors,
  type WorkflowInternalsInterceptor,
} from '@temporalio/workflow';
import { unreadable } from '../contract/unreadable.ts';

type Jobs = Parameters<NonNullable<WorkflowInternalsInterceptor['activate']>>[0]['activation']['jobs'];
type Payloads = NonNullable<NonNullable<NonNullable<Jobs>[number]['signalWorkflow']>['input']>;

/** Names with this prefix are the SDK's own; it throws on one that it does not know (sdk-typescript `internals.ts`, `signalWorkflow`). */
const RESERVED = '__temporal_';

export const interceptors = (): WorkflowInterceptors => ({
  internals: [
    {
      activate(input, next) {
        for (const { signalWorkflow: signal, doUpdate: update, initializeWorkflow: start } of input.activation.jobs ??
          []) {
          if (signal?.signalName?.startsWith(RESERVED)) signal.signalName = `reserved name ${signal.signalName}`;
          if (signal?.input) signal.input = readable(signal.input);
          if (update?.input) update.input = readable(update.input);
          if (start?.arguments) start.arguments = readable(start.arguments);
        }
        next(input);
      },
    },
  ],
});

function readable(payloads: Payloads): Payloads {
  return payloads.map(payload => {
    try {
      defaultPayloadConverter.fromPayload(payload);
      return payload;
    } catch (error) {
      return defaultPayloadConverter.toPayload(unreadable(error instanceof Error ? error.message : 'unknown'));
    }
  });
}
