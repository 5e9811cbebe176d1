/** Requests as people write them: a minimal one, one with everything, and what goes wrong with them. */

export const minimal = {
  cluster: 'orders',
  record: 'kafka.orders.example.com',
  requestedBy: 'ada',
  blue: { stack: 'kafka-orders-a' },
  green: { stack: 'kafka-orders-b' },
};

const answer = { by: 'ada', reason: 'kept elsewhere' };

/** Every field there is. */
export const whole = {
  ...minimal,
  readRecord: 'kafka-read.orders.example.com',
  green: {
    stack: 'kafka-orders-b',
    parameters: { KafkaVersion: '4.3.1', MetadataMode: 'kraft' },
    template: 'https://templates.s3.amazonaws.com/kafka-cluster.yaml',
  },
  topics: [
    { match: 'audit-eu', disposition: 'drain', historyKept: true },
    { match: 'audit-*', disposition: 'waive', ...answer },
    { match: '*', disposition: 'drain' },
  ],
  groups: [
    { match: 'billing', disposition: 'move', start: 'latest' },
    { match: 'console-*', disposition: 'ephemeral' },
    { match: 'old-*', disposition: 'abandoned', ...answer },
  ],
  waive: [
    { kind: 'acl', name: 'ALLOW User:alice READ topic orders (literal) from *', ...answer },
    { kind: 'config', name: 'orders retention.ms', ...answer },
  ],
  approval: { deadline: '72h', notRequester: true },
  ttl: '5s',
  settle: { clientCache: '30s', quiet: '30s', deadline: '24h' },
  drain: { sweeps: 3, every: '10s', deadline: '72h' },
  bake: '0s',
  keepStopped: '0s',
  provision: { deadline: '45m' },
};

const topic = (rule: object) => ({ topics: [{ match: 'a', disposition: 'drain', ...rule }] });
const group = (rule: object) => ({ groups: [{ match: 'g', disposition: 'move', ...rule }] });
const waiver = (change: object) => ({ waive: [{ kind: 'acl', name: 'x', ...answer, ...change }] });
const green = (change: object) => ({ green: { stack: 'kafka-orders-b', ...change } });

/** What a JSON text may hold and a literal may not. */
const json = (text: string): object => JSON.parse(text) as object;

/** A change of the minimal request, the path of its problem, and what is said. */
export const refusedRequests: readonly (readonly [title: string, change: object, path: string, says: RegExp])[] = [
  // Names of clusters, people, stacks and records.
  ['a cluster name with capitals', { cluster: 'Orders' }, 'cluster', /lower-case/],
  ['a cluster that is a number', { cluster: 7 }, 'cluster', /must be a string, not the number 7\. Example: "cluster"/],
  ['an empty cluster name', { cluster: '' }, 'cluster', /lower-case/],
  ['a cluster name with a line break', { cluster: 'orders\n' }, 'cluster', /lower-case/],
  ["a cluster whose id would be another's plan", { cluster: 'plan-orders' }, 'cluster', /must not begin with plan-/],
  ['an empty requester', { requestedBy: '  ' }, 'requestedBy', /person/],
  ['a requester with a NUL', { requestedBy: 'a\u0000b' }, 'requestedBy', /control characters/],
  ['a requester of two lines', { requestedBy: 'ada\ngrace' }, 'requestedBy', /one line/],
  ['a requester in half a character', { requestedBy: 'ada \ud83d' }, 'requestedBy', /control characters/],
  ['a requester as an object', { requestedBy: { name: 'ada' } }, 'requestedBy', /must be a string, not an object/],
  ['a requester of a novel', { requestedBy: 'a'.repeat(100_000) }, 'requestedBy', /at most 200/],
  ['a stack without a suffix', green({ stack: 'orders' }), 'green.stack', /suffix/],
  ['a stack that begins with a digit', { blue: { stack: '1-a' } }, 'blue.stack', /suffix/],
  ['a stack name of 129 characters', green({ stack: `k${'x'.repeat(126)}-b` }), 'green.stack', /at most 128/],
  [
    'a stack by its ARN',
    { blue: { stack: 'arn:aws:cloudformation:us-east-1:1:stack/k-a/1' } },
    'blue.stack',
    /such as/,
  ],
  ['a stack as plain text', { blue: 'kafka-orders-a' }, 'blue', /must be an object, not a string\. Example: "blue"/],
  ['green named as blue', green({ stack: 'kafka-orders-a' }), 'green.stack', /blue stack itself/],
  ['green named as blue but for capitals', green({ stack: 'Kafka-orders-A' }), 'green.stack', /blue stack itself/],
  ['a record without a dot', { record: 'kafka' }, 'record', /DNS name/],
  ['a record with a port', { record: 'kafka.example.com:9092' }, 'record', /DNS name/],
  ['a record that is an address', { record: '10.0.0.7' }, 'record', /is an address/],
  ['a record that is a URL', { record: 'https://kafka.example.com' }, 'record', /DNS name/],
  ['a record with a wildcard', { record: '*.example.com' }, 'record', /DNS name/],
  ['a record with an empty label', { record: 'kafka..example.com' }, 'record', /DNS name/],
  ['a record with a label of 64', { record: `${'k'.repeat(64)}.example.com` }, 'record', /DNS name/],
  ['a record too long for its signpost', { record: `${'k.'.repeat(120)}example.com` }, 'record', /at most 242/],
  ['a record that is a signpost', { record: '_bluegreen.kafka.example.com' }, 'record', /name of a signpost/],
  ['a read record equal to the record', { readRecord: 'KAFKA.orders.example.com.' }, 'readRecord', /same name/],
  ['a read record of null', { readRecord: null }, 'readRecord', /must be a string, not null/],
  // Keys.
  ['a misspelt key', { bakes: '1h' }, 'bakes', /Did you mean bake\?/],
  ['a misspelt key further in', { settle: { quite: '1s' } }, 'settle.quite', /Did you mean quiet\?/],
  ['a misspelt key in a rule', topic({ macth: 'b' }), 'topics[0].macth', /Did you mean match\?/],
  ['a misspelt key in a waiver', waiver({ reasons: 'x' }), 'waive[0].reasons', /Did you mean reason\?/],
  ['a misspelt key of green', green({ parameter: {} }), 'green.parameter', /Did you mean parameters\?/],
  ['a key at the wrong level', { parameters: {} }, 'parameters', /It belongs in green\./],
  ['a key that belongs at the top', { drain: { bake: '1h' } }, 'drain.bake', /It belongs in the request itself\./],
  ['a key that may belong in several', { deadline: '1h' }, 'deadline', /approval or settle or drain or provision/],
  ['a key like nothing known', { xyzzy: 1 }, 'xyzzy', /Known here: cluster, record/],
  ['a key that every object has', { constructor: 1 }, 'constructor', /not a known field/],
  ['a key that JSON can hold only', json('{"__proto__": 1}'), '__proto__', /not a known field/],
  ['a very long key', { ['k'.repeat(10_000)]: 1 }, `${'k'.repeat(60)}…`, /not a known field/],
  // Durations.
  ['a number for a duration', { bake: 5 }, 'bake', /must be a string, not the number 5\. Example: "bake": "1h"/],
  ['a duration without a unit', { bake: '5' }, 'bake', /such as 30s/],
  ['a negative duration', { bake: '-1s' }, 'bake', /such as 30s/],
  ['an unknown unit', { bake: '1y2x' }, 'bake', /such as 30s/],
  ['a fraction of a unit', { bake: '1.5h' }, 'bake', /such as 30s/],
  ['two units', { bake: '1h30m' }, 'bake', /such as 30s/],
  ['no duration', { bake: '' }, 'bake', /such as 30s/],
  ['an ISO duration', { bake: 'PT1H' }, 'bake', /such as 30s/],
  ['a duration beyond a year', { keepStopped: '400d' }, 'keepStopped', /at most a year/],
  ['a TTL of nothing', { ttl: '0s' }, 'ttl', /whole number of seconds/],
  ['a TTL of a second and a half', { ttl: '1500ms' }, 'ttl', /whole number of seconds/],
  ['sweeps without a pause', { drain: { every: '0s' } }, 'drain.every', /at least 100ms/],
  ['half a sweep', { drain: { sweeps: 1.5 } }, 'drain.sweeps', /whole number/],
  ['no sweep', { drain: { sweeps: 0 } }, 'drain.sweeps', /from 1 to 100/],
  ['sweeps in words', { drain: { sweeps: '3' } }, 'drain.sweeps', /must be a number, not a string|whole number/],
  [
    'a drain shorter than its sweeps',
    { drain: { sweeps: 5, every: '1m', deadline: '4m' } },
    'drain.deadline',
    /5|sweeps/,
  ],
  ['a drain without time', { drain: { deadline: '0s' } }, 'drain.deadline', /at least 1s/],
  ['an approval that expires at once', { approval: { deadline: '0s' } }, 'approval.deadline', /at least 1s/],
  ['a green without time to come up', { provision: { deadline: '0s' } }, 'provision.deadline', /at least 1s/],
  ['quiet for no time', { settle: { quiet: '0s' } }, 'settle.quiet', /at least 1s/],
  ['quiet longer than its deadline', { settle: { quiet: '1h', deadline: '1h' } }, 'settle.deadline', /settle\.quiet/],
  ['a default that the deadline is too short for', { settle: { deadline: '20s' } }, 'settle.deadline', /settle\.quiet/],
  ['a yes for a boolean', { approval: { notRequester: 'yes' } }, 'approval.notRequester', /must be true or false/],
  // Green.
  ['two templates', green({ template: 'https://x.example/t', templateBody: '{}' }), 'green.template', /beside/],
  ['a template by http', green({ template: 'http://x.example/t' }), 'green.template', /https URL/],
  ['a template by S3 scheme', green({ template: 's3://bucket/t.yaml' }), 'green.template', /https URL/],
  ['a template by file name', green({ template: 'kafka-cluster.yaml' }), 'green.template', /https URL/],
  ['an empty template', green({ templateBody: ' ' }), 'green.templateBody', /text of a template/],
  [
    'a template of too many characters',
    green({ templateBody: 'x'.repeat(51_201) }),
    'green.templateBody',
    /51,200 bytes/,
  ],
  ['a template of too many bytes', green({ templateBody: 'é'.repeat(30_000) }), 'green.templateBody', /51,200 bytes/],
  [
    'a template as an object',
    green({ templateBody: { Resources: {} } }),
    'green.templateBody',
    /string, not an object/,
  ],
  ['a parameter that is a number', green({ parameters: { BrokerCount: 3 } }), 'green.parameters.BrokerCount', /string/],
  ['a parameter that is null', green({ parameters: { Suffix: null } }), 'green.parameters.Suffix', /not null/],
  [
    'a parameter with a dash',
    green({ parameters: { 'kafka-version': '4' } }),
    'green.parameters.kafka-version',
    /letters/,
  ],
  ['a huge parameter', green({ parameters: { A: 'x'.repeat(5_000) } }), 'green.parameters.A', /at most 4,096/],
  [
    'parameters in CloudFormation form',
    green({ parameters: [{ ParameterKey: 'KafkaVersion', ParameterValue: '4.3.1' }] }),
    'green.parameters',
    /must be an object, not a list\. Example: "parameters"/,
  ],
  [
    'a parameter that only JSON can hold',
    green({ parameters: json('{"__proto__": "x"}') }),
    'green.parameters.__proto__',
    /letters and digits/,
  ],
  [
    'more parameters than a template can have',
    green({ parameters: Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`P${i}`, ''])) }),
    'green.parameters',
    /at most 200/,
  ],
  // Rules and waivers.
  [
    'rules as an object',
    { topics: { orders: 'drain' } },
    'topics',
    /must be a list, not an object\. Example: "topics"/,
  ],
  ['a rule as a name', { topics: ['orders'] }, 'topics[0]', /must be an object, not a string/],
  ['a rule of null', { groups: [null] }, 'groups[0]', /must be an object, not null/],
  ['an unknown disposition', topic({ disposition: 'keep' }), 'topics[0].disposition', /drain, ambient, waive/],
  ["a topic with a group's disposition", topic({ disposition: 'move' }), 'topics[0].disposition', /one of drain/],
  ["a group with a topic's disposition", group({ disposition: 'drain' }), 'groups[0].disposition', /one of move/],
  [
    'a rule without a match',
    { topics: [{ disposition: 'drain' }] },
    'topics[0].match',
    /is missing; it must be a string/,
  ],
  [
    'a rule without a disposition',
    { topics: [{ match: 'a' }] },
    'topics[0].disposition',
    /is missing; it must be one of/,
  ],
  ['a topic that no cluster can have', topic({ match: 'orders raw' }), 'topics[0].match', /only wildcard/],
  ['a regular expression for a topic', topic({ match: 'orders.(eu|us)' }), 'topics[0].match', /only wildcard/],
  ['a question mark for a wildcard', topic({ match: 'orders-?' }), 'topics[0].match', /only wildcard/],
  ['an empty match', group({ match: '' }), 'groups[0].match', /must be a name/],
  ['a match with a control character', group({ match: 'a\u0007' }), 'groups[0].match', /control characters/],
  [
    'history kept of a waived topic',
    topic({ disposition: 'waive', ...answer, historyKept: true }),
    'topics[0].historyKept',
    /no meaning/,
  ],
  ['history kept in words', topic({ historyKept: 'yes' }), 'topics[0].historyKept', /true or false/],
  ['a waived topic without a reason', topic({ disposition: 'waive', by: 'ada' }), 'topics[0]', /who and why/],
  ['a waived topic by nobody', topic({ disposition: 'waive', reason: 'x' }), 'topics[0]', /who and why/],
  ['an abandoned group without a name', group({ disposition: 'abandoned' }), 'groups[0]', /who and why/],
  ['an external group without a reason', group({ disposition: 'external', by: 'ada' }), 'groups[0]', /who and why/],
  [
    'a start for a group that does not move',
    group({ disposition: 'ephemeral', start: 'latest' }),
    'groups[0].start',
    /no meaning/,
  ],
  ['an unknown start', group({ start: 'now' }), 'groups[0].start', /earliest, latest/],
  [
    'the pasted block as it was printed',
    topic({ disposition: 'waive', by: '<who>', reason: 'x' }),
    'topics[0].by',
    /still says <who>/,
  ],
  ['a pasted reason as it was printed', waiver({ reason: '<why>' }), 'waive[0].reason', /still says <why>/],
  [
    'a rule behind one for everything',
    {
      topics: [
        { match: '*', disposition: 'drain' },
        { match: 'a', disposition: 'ambient' },
      ],
    },
    'topics[1]',
    /can never match: \[0\] \("\*"\)/,
  ],
  [
    'a rule behind a wider one',
    {
      groups: [
        { match: 'a*', disposition: 'move' },
        { match: 'a*b', disposition: 'ephemeral' },
      ],
    },
    'groups[1]',
    /can never match: \[0\] \("a\*"\)/,
  ],
  [
    'the same rule twice',
    {
      groups: [
        { match: 'g', disposition: 'move' },
        { match: 'g', disposition: 'ephemeral' },
      ],
    },
    'groups[1]',
    /narrower rule first/,
  ],
  [
    'too many rules',
    { groups: Array.from({ length: 1_001 }, (_, i) => ({ match: `g${i}`, disposition: 'move' })) },
    'groups',
    /at most 1,000/,
  ],
  ['a waiver without a reason', { waive: [{ kind: 'acl', name: 'x', by: 'ada' }] }, 'waive[0].reason', /is missing/],
  ['a waiver by nobody', { waive: [{ kind: 'acl', name: 'x', reason: 'x' }] }, 'waive[0].by', /is missing/],
  ['a waiver of an unknown kind', waiver({ kind: 'topic' }), 'waive[0].kind', /acl, quota, user/],
  ['a waiver of nothing', waiver({ name: '' }), 'waive[0].name', /must be a name/],
  [
    'a config waiver without a key',
    waiver({ kind: 'config', name: 'orders' }),
    'waive[0].name',
    /a topic, a space and a key/,
  ],
  ['a waiver with too long a reason', waiver({ reason: 'x'.repeat(2_001) }), 'waive[0].reason', /at most 2,000/],
];
