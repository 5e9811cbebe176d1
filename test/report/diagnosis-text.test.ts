import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderFindings } from '../../report/diagnosis-text.ts';

describe('renderFindings()', () => {
  test('has a line for each look, and what to do under each that found trouble', () => {
    const lines = renderFindings([
      { on: 'Kafka', state: 'good', saw: 'three brokers answer', remedy: null },
      { on: 'EC2', state: 'trouble', saw: 'AWS denied the call.', remedy: 'first command\nsecond command' },
      { on: 'DNS servers', state: 'not looked at', saw: 'None is configured.', remedy: null },
    ]);
    assert.deepEqual(lines, [
      '✓  Kafka        three brokers answer',
      '✗  EC2          AWS denied the call.',
      '     first command',
      '     second command',
      '-  DNS servers  None is configured.',
    ]);
  });

  test('lets nobody move the cursor by what a server said', () => {
    const [line = ''] = renderFindings([{ on: 'Kafka', state: 'trouble', saw: '\u001b[2Jgone\nnext', remedy: null }]);
    assert.equal(line, '✗  Kafka   [2Jgone next');
  });
});
