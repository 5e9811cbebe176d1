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
import { type MessageName, messageDescriptions, parseMessage } from '../contract/messages.ts';
import { MOST_OBSERVATIONS, type Observation } from '../contract/observation.ts';
import { fit } from '../report/fit.ts';
import { attentionLine } from '../report/observations.ts';
import type { Verdict } from './gates.ts';
import type { DeploymentRun } from './run.ts';

const messageNames = Object.keys(messageDescriptions) as MessageName[];

export function registerHandlers(run: DeploymentRun): void {
  for (const name of messageNames) acceptMessage(run, name);
  acceptObservations(run);
  answerQueries(run);
  setDefaultSignalHandler(name =>
    run.ignore(name, `There is no signal of this name. Known: ${messageNames.join(', ')}.`),
  );
}

/** The same payload as signal, for whoever fires and forgets, and as update, for whoever wants the answer. */
function acceptMessage(run: DeploymentRun, name: MessageName): void {
  const description = messageDescriptions[name];
  const judge = (payload: unknown): Verdict => {
    const parsed = parseMessage(name, payload);
    return parsed.kind === 'malformed' ? { kind: 'refused', sentence: parsed.why } : run.judge(parsed.message);
  };
  setHandler(
    defineSignal<[unknown]>(name),
    payload => {
      const verdict = judge(payload);
      if (verdict.kind === 'refused') run.ignore(name, verdict.sentence);
      else run.accept(verdict);
    },
    { description },
  );
  const refuse = (verdict: Verdict) => {
    if (verdict.kind === 'refused') throw ApplicationFailure.nonRetryable(verdict.sentence, 'Refused');
    return verdict;
  };
  setHandler(defineUpdate<string, [unknown]>(name), payload => run.accept(refuse(judge(payload))), {
    description,
    validator: payload => void refuse(judge(payload)),
  });
}

function acceptObservations(run: DeploymentRun): void {
  setHandler(defineUpdate<void, [Observation]>('observe'), observation => run.observe(observation), {
    description: 'Sent by the worker when a running step sees something that a person should know.',
    validator: observation => {
      if (run.observations >= MOST_OBSERVATIONS)
        throw ApplicationFailure.nonRetryable(`This run has taken its ${MOST_OBSERVATIONS} observations.`, 'Refused');
      if (attentionLine(observation) === null) throw ApplicationFailure.nonRetryable('Not an observation.', 'Refused');
    },
  });
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
