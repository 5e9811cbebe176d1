/**
 * Every message, observation and query of a deployment. All handlers are registered before the first await, and none of them
 * throws: a bad message is recorded as ignored (signal) or refused with a sentence (update), and changes nothing.
 */
import {
  ApplicationFailure,
  defineQuery,
  defineSignal,
  defineUpdate,
  setDefaultSignalHandler,
  setHandler,
} from '@temporalio/workflow';
import { type MessageName, messageDescriptions, parseMessage, unknownName } from '../contract/messages.ts';
import { parseObservation } from '../contract/observation.ts';
import { fit } from '../report/fit.ts';
import type { Verdict } from './gates.ts';
import type { DeploymentRun } from './run.ts';

const messageNames = Object.keys(messageDescriptions) as MessageName[];

export function registerHandlers(run: DeploymentRun): void {
  for (const name of messageNames) acceptMessage(run, name);
  acceptObservations(run);
  answerQueries(run);
  setDefaultSignalHandler(name => run.ignore(name, unknownName(name)));
}

/** The same payload as signal, for whoever fires and forgets, and as update, for whoever wants the answer. */
function acceptMessage(run: DeploymentRun, name: MessageName): void {
  const description = messageDescriptions[name];
  const judge = (payloads: readonly unknown[]): Verdict => {
    const parsed = parseMessage(name, ...payloads);
    return parsed.kind === 'malformed' ? { kind: 'refused', sentence: parsed.why } : run.judge(parsed.message);
  };
  setHandler(
    defineSignal<unknown[]>(name),
    (...payloads) => {
      const verdict = judge(payloads);
      if (verdict.kind === 'refused') run.ignore(name, verdict.sentence);
      else run.accept(verdict);
    },
    { description },
  );
  const refuse = (verdict: Verdict) => {
    if (verdict.kind === 'refused') throw ApplicationFailure.nonRetryable(verdict.sentence, 'Refused');
    return verdict;
  };
  setHandler(defineUpdate<string, unknown[]>(name), (...payloads) => run.accept(refuse(judge(payloads))), {
    description,
    validator: (...payloads) => void refuse(judge(payloads)),
  });
}

function acceptObservations(run: DeploymentRun): void {
  const judge = (payloads: readonly unknown[]) => {
    const observation = payloads.length === 1 ? parseObservation(payloads[0]) : null;
    const why = observation === null ? 'Not an observation.' : run.observationRefusal(observation);
    return { observation, why };
  };
  setHandler(
    defineUpdate<void, unknown[]>('observe'),
    (...payloads) => {
      const { observation, why } = judge(payloads);
      if (observation !== null && why === null) run.observe(observation);
    },
    {
      description: 'Sent by the worker when a running step sees something that a person should know.',
      validator: (...payloads) => {
        const { why } = judge(payloads);
        if (why !== null) throw ApplicationFailure.nonRetryable(why, 'Refused');
      },
    },
  );
}

function answerQueries(run: DeploymentRun): void {
  const query = (name: string, description: string, answer: () => unknown) =>
    setHandler(defineQuery<unknown>(name), () => fit(answer()), { description });
  query('status', 'Where the run stands, what it waits for and the command to send.', () => run.status());
  query('plan', 'What preflight found and what the run would do.', () => run.plan);
  query('ledger', 'The drain ledger in short, with the reference to its rows.', () => ({
    summary: run.ledger,
    evidence: run.deployment?.evidence.ledger ?? null,
  }));
  query('report', 'The report as it stands now.', () => run.report());
}
