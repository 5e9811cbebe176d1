import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { missingSearchAttributes, workersSearchAttributes } from '../../contract/search-attributes.ts';

const all = ['KafkaCluster', 'BlueGreenPhase', 'BlueGreenWaitingFor'];

describe("the doctor's word on search attributes", () => {
  test('is the command for this very namespace, and that every worker has to be restarted', () => {
    const { state, remedy } = missingSearchAttributes(['KafkaCluster', 'BlueGreenPhase'], 'kafka');
    assert.equal(state, 'trouble');
    assert.equal(
      remedy,
      'temporal operator search-attribute create --namespace kafka --name BlueGreenWaitingFor --type Keyword\nThen restart every worker: each reads the list when it starts.',
    );
    assert.equal(missingSearchAttributes(all, 'kafka').state, 'good');
  });

  test('names a worker that started before they were made, and only such a one', () => {
    assert.match(workersSearchAttributes(['KafkaCluster'])?.remedy ?? '', /restart every worker/);
    assert.equal(workersSearchAttributes(all), null);
  });
});
