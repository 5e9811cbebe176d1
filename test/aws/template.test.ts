import assert from 'node:assert/strict';
import { test } from 'node:test';
import { templateProblem } from '../../aws/template.ts';

test('A template too long to be sent as text must be given by URL', () => {
  assert.equal(templateProblem({ kind: 'body', body: 'x'.repeat(51_200) }), null);
  assert.equal(templateProblem({ kind: 'url', url: 'https://example.com/kafka.yaml' }), null);
  const problem = templateProblem({ kind: 'body', body: 'ü'.repeat(25_601) });
  assert.match(problem?.problem ?? '', /51202 bytes/);
  assert.match(problem?.remedy ?? '', /give its URL in green\.template/);
});
