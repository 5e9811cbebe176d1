import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyProtects, refuseProtected } from '../../aws/protection.ts';
import type { StackFacts } from '../../aws/stack-describe.ts';

const allowAll = { Effect: 'Allow', Action: 'Update:*', Principal: '*', Resource: '*' };
const body = (...statements: object[]) => JSON.stringify({ Statement: statements });

test('No policy, and one that allows every update, protect nothing', () => {
  assert.ok(!policyProtects(undefined));
  assert.ok(!policyProtects(''));
  assert.ok(!policyProtects(body(allowAll)));
  assert.ok(!policyProtects(JSON.stringify({ Statement: allowAll })));
  assert.ok(!policyProtects(body({ ...allowAll, Action: ['Update:*'], Resource: ['*'] })));
});

const protecting: Record<string, string> = {
  'denies something': body(allowAll, { ...allowAll, Effect: 'Deny', Resource: 'LogicalResourceId/Broker1' }),
  'allows only some resources': body({ ...allowAll, Resource: 'LogicalResourceId/Broker1' }),
  'allows only under a condition': body({
    ...allowAll,
    Condition: { StringEquals: { ResourceType: ['AWS::EC2::VPC'] } },
  }),
  'has no statement': '{}',
  'cannot be read': 'not json',
};
for (const [what, policy] of Object.entries(protecting)) {
  test(`A policy that ${what} protects the stack`, () => assert.ok(policyProtects(policy)));
}

const stack: StackFacts = {
  stackId: 'arn:a',
  name: 'kafka-orders-a',
  status: 'CREATE_COMPLETE',
  deployment: null,
  parameters: {},
  outputs: {},
  terminationProtected: true,
};
for (const [kind, said] of [
  ['termination-protection', 'termination protection'],
  ['stack-policy', 'a stack policy'],
] as const)
  test(`A stack with ${said} is not deleted, and the sentence has the command that lifts it`, () => {
    assert.throws(() => refuseProtected(stack, { kind, command: 'aws lift-it' }), {
      name: 'ProtectedStack',
      message: `Stack kafka-orders-a has ${said}, so it is not deleted. If it may go, lift it: aws lift-it`,
    });
  });

test('A stack that nobody protected may be deleted', () => refuseProtected(stack, { kind: 'none' }));
