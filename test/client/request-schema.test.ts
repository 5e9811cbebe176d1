import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { requestFileSchema } from '../../client/request-schema.ts';
import { minimal, whole } from '../contract/requests.ts';

const schema = requestFileSchema();
const reads = (request: unknown) => z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema).safeParse(request).success;

interface Node {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
}

/** Paths of fields that stand for a value and say nothing about it. */
function unsaid(node: Node, path: readonly string[] = []): string[] {
  if (node.properties === undefined) return node.description === undefined ? [path.join('.')] : [];
  return Object.entries(node.properties).flatMap(([name, field]) => unsaid(field, [...path, name]));
}

describe('requestFileSchema()', () => {
  test('says of every field what it means', () => {
    assert.deepEqual(unsaid(schema as Node), []);
  });

  test('takes what the workflow takes, and what only the command takes', () => {
    assert.ok(reads(minimal));
    assert.ok(reads(whole));
    assert.ok(reads({ ...minimal, $schema: 'x', green: { stack: 'kafka-b', templateFile: 'cluster.yaml' } }));
  });

  test('finds a misspelt or missing field', () => {
    assert.ok(!reads({ ...minimal, recrd: 'x' }));
    assert.ok(!reads({ ...minimal, blue: {} }));
    assert.ok(!reads({ ...minimal, drain: { sweeps: 0 } }));
  });
});
