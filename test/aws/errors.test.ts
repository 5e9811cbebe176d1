import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AwsRefused, awsTrouble, isAwsError, NotYet } from '../../aws/errors.ts';

function sdkError(name: string, message: string, httpStatusCode?: number): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
}

test('Throttling, time-outs, server errors and lost connections may pass', () => {
  const refused = new Error('connect ECONNREFUSED', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) });
  const both = new AggregateError([Object.assign(new Error('x'), { code: 'ECONNRESET' })]);
  for (const error of [
    sdkError('Throttling', 'Rate exceeded', 400),
    sdkError('PriorRequestNotComplete', 'wait', 400),
    sdkError('TimeoutError', 'socket timed out'),
    sdkError('SomethingNew', 'oops', 503),
    sdkError('ExpiredToken', 'expired', 403),
    refused,
    both,
    new NotYet('still waiting'),
  ])
    assert.equal(awsTrouble(error).retriable, true, error.name);
});

test('What AWS refuses stays refused, and a missing right says whom to give it', () => {
  assert.deepEqual(awsTrouble(sdkError('ValidationError', 'Template format error\n at line 3', 400)), {
    message: 'AWS refused the call (ValidationError): Template format error.',
    type: 'ValidationError',
    retriable: false,
  });
  const denied = awsTrouble(sdkError('AccessDenied', 'not authorized to perform route53:GetChange', 403));
  assert.equal(denied.retriable, false);
  assert.match(denied.message, /route53:GetChange\. Give the worker's role this right \(/);
});

test('Our own refusals keep their type and sentence', () => {
  const refused = new AwsRefused('RecordChanged', 'Somebody else changed it.');
  assert.deepEqual(awsTrouble(refused), {
    message: 'Somebody else changed it.',
    type: 'RecordChanged',
    retriable: false,
  });
});

test('What AWS did not say is not told as its refusal', () => {
  assert.deepEqual(awsTrouble('odd'), {
    message: 'The step failed for a reason that the worker does not know (Unknown): odd.',
    type: 'Unknown',
    retriable: false,
  });
  assert.match(
    awsTrouble(new Error('Broker not connected')).message,
    /does not know \(Error\): Broker not connected\.$/,
  );
  const unsigned = Object.assign(new Error('No credentials'), { name: 'CredentialsProviderError' });
  assert.match(awsTrouble(unsigned).message, /^AWS refused the call \(CredentialsProviderError\): No credentials\.$/);
  assert.ok(!isAwsError('odd', 'ValidationError'));
});
