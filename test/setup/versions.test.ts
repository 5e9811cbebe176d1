import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load, type Versions } from './modules.ts';

const { atLeast, nodeIsInRange, javaMajor } = (await load('versions.mjs')) as Versions;

test('Node of the machine is used only inside ^22.22 || >=24.6', () => {
  const verdicts = ['v20.20.2', 'v22.21.9', 'v22.22.0', 'v22.30.1', 'v23.11.0', 'v24.5.0', 'v24.6.0', 'v25.0.0'];
  assert.deepEqual(verdicts.filter(nodeIsInRange), ['v22.22.0', 'v22.30.1', 'v24.6.0', 'v25.0.0']);
});

test('a temporal on the PATH is new enough from 1.9 on', () => {
  assert.equal(atLeast('temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)', [1, 9]), true);
  assert.equal(atLeast('temporal version 1.10.0', [1, 9]), true);
  assert.equal(atLeast('temporal version 1.8.9', [1, 9]), false);
  assert.equal(atLeast('temporal version 0.13.2', [1, 9]), false);
  assert.equal(atLeast('no version at all', [1, 9]), false);
});

test('Java tells its version in two ways, and what is not Java has none', () => {
  assert.equal(javaMajor('openjdk version "17.0.15" 2025-04-15'), 17);
  assert.equal(javaMajor('java version "21" 2023-09-19'), 21);
  assert.equal(javaMajor('openjdk version "1.8.0_402"'), 8);
  assert.equal(javaMajor('The operation couldn’t be completed. Unable to locate a Java Runtime.'), 0);
});
