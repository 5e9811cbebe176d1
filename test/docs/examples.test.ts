import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { ExitCode } from '../../contract/exit-codes.ts';
import { parseRequest, requestJsonSchema } from '../../contract/request.ts';
import { camel, ON_CLUSTER, ON_TOPICS } from '../../kafka/rights.ts';
import { readConfiguration } from '../../worker/configuration.ts';
import { trouble } from './known-commands.ts';
import { type Block, blocksOf, pages, read } from './pages.ts';
import { words } from './shell.ts';

const blocks = pages().flatMap(page => blocksOf(page));
const inLanguage = (...languages: readonly string[]) => blocks.filter(block => languages.includes(block.language));
const at = ({ page, line }: Block) => `${page}:${line}`;

/** Every `script` entry of GitLab and every `run` of GitHub, line by line. */
function scriptLines(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    if ((key === 'run' || key.endsWith('script')) && (typeof inner === 'string' || Array.isArray(inner)))
      return [inner].flat().flatMap(text => String(text).split('\n'));
    return scriptLines(inner);
  });
}

/** The commands of ours in a line of a script, however they are joined. */
function oursIn(line: string): string[] {
  return line
    .split(/\|\||&&|[|{};]|>>?|\$\(|\)/)
    .map(part => part.trim())
    .filter(part => part.startsWith('kafka-bluegreen '));
}

describe('the YAML and JSON of the pages', () => {
  test('can be read', () => {
    const wrong = inLanguage('yaml', 'json').flatMap(block =>
      parseAllDocuments(block.text).flatMap(({ errors, warnings }) =>
        [...errors, ...warnings].map(({ message }) => `${at(block)} ${message}`),
      ),
    );
    assert.deepEqual(wrong, []);
  });

  test('holds requests that a run would take', () => {
    const requests = inLanguage('yaml', 'json').filter(({ text }) => /^["{ ]*cluster\b/m.test(text));
    assert.ok(requests.length >= 2);
    for (const block of requests) {
      const [document] = parseAllDocuments(block.text);
      const parsed = parseRequest(document?.toJS());
      assert.equal(parsed.kind, 'request', `${at(block)} ${JSON.stringify(parsed)}`);
    }
  });

  test('holds pipelines whose commands are understood, the whole way from plan to report', async () => {
    for (const block of inLanguage('yaml').filter(({ text }) => /^ *(jobs|stages):/m.test(text))) {
      const [document] = parseAllDocuments(block.text);
      const commands = scriptLines(document?.toJS()).flatMap(oursIn);
      const verbs = commands.map(line => words(line)[1]);
      assert.deepEqual(
        verbs,
        ['plan', 'start', 'status', 'status', 'approve', 'watch', 'status', 'status', 'approve', 'watch', 'report'],
        at(block),
      );
      for (const line of commands) assert.equal(await trouble(words(line)), null, `${at(block)} ${line}`);
    }
  });
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly default?: unknown;
}

/** The field's default, of an object those of its fields; undefined where there is none. */
function defaultOf({ default: own, properties = {} }: Schema): unknown {
  const fields = Object.entries(properties);
  return fields.length === 0 ? own : Object.fromEntries(fields.map(([name, field]) => [name, defaultOf(field)]));
}

describe('the tables of the pages', () => {
  test('have exactly the fields of a request, each with its default', () => {
    const { properties = {}, required = [] } = requestJsonSchema() as Schema;
    const [table = ''] = read('docs/request.md').split('## Rules');
    const told = [...table.matchAll(/^\| `(\w+)` \|([^|]*)\|/gm)].map(([, field = '', value = '']) => [
      field,
      value.trim() === 'required' ? 'required' : (parse(value.replaceAll('`', '')) as unknown),
    ]);
    const known = Object.entries(properties).map(([field, schema]) => [
      field,
      required.includes(field) ? 'required' : (defaultOf(schema) ?? null),
    ]);
    assert.deepEqual(Object.fromEntries(told), Object.fromEntries(known));
  });

  test('have exactly the variables that the worker reads', () => {
    const asked = new Set<string>();
    const environment = new Proxy<Record<string, string>>(
      {},
      {
        get: (_, name) => {
          asked.add(String(name));
          return name === 'KAFKA_BLUEGREEN_EVIDENCE' ? 'file:/evidence' : undefined;
        },
      },
    );
    readConfiguration(environment);
    const told = read('docs/aws.md').match(/(?<=^\| `)KAFKA_BLUEGREEN_\w+/gm) ?? [];
    assert.deepEqual(told.toSorted(), [...asked].toSorted());
  });

  test('show a login to Kafka that the worker takes', () => {
    const [login] = inLanguage('json').filter(({ text }) => text.includes('"sasl"'));
    const { kafkaSecurity } = readConfiguration({
      KAFKA_BLUEGREEN_EVIDENCE: 'file:/var/lib/kafka-bluegreen',
      KAFKA_BLUEGREEN_KAFKA_SECURITY: login?.text,
    });
    assert.equal(kafkaSecurity?.sasl?.mechanism, 'SCRAM-SHA-512');
  });

  test('have exactly the exit codes of the command', () => {
    const told = read('docs/output.md').match(/(?<=^\| )\d(?= \|)/gm) ?? [];
    assert.deepEqual(told.map(Number), Object.values(ExitCode));
  });

  test('have exactly the rights that preflight looks for', () => {
    const row = (on: string) => new RegExp(`^\\| ${on} \\| ([^|]+) \\|`, 'm').exec(read('docs/requirements.md'))?.[1];
    assert.equal(row('the cluster'), ON_CLUSTER.map(camel).join(', '));
    assert.equal(row('every topic'), ON_TOPICS.map(camel).join(', '));
  });
});
