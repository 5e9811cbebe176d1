import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { CommandError } from '../../client/command-error.ts';
import { readRequestFile } from '../../client/request-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'request-file-'));
after(() => rm(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const yaml = `cluster: orders
record: kafka.orders.example.com
requestedBy: ada
blue: {stack: kafka-orders-a}
green:
  stack: kafka-orders-b
`;

const refusal = (path: string, sentence: RegExp) =>
  assert.rejects(
    readRequestFile(path),
    error => error instanceof CommandError && error.exitCode === 2 && sentence.test(error.message),
  );

describe('readRequestFile()', () => {
  test('reads YAML and JSON alike', async () => {
    const { request, cluster } = await readRequestFile(file('a.yaml', yaml));
    assert.equal(cluster, 'orders');
    assert.deepEqual(await readRequestFile(file('a.json', JSON.stringify(request))), { request, cluster });
  });

  test('sends a template file inline, by its path from the request', async () => {
    file('template.yaml', 'Resources: {}\n');
    const { request } = await readRequestFile(file('b.yaml', `${yaml}  templateFile: template.yaml\n`));
    assert.deepEqual((request as { green: object }).green, {
      stack: 'kafka-orders-b',
      templateBody: 'Resources: {}\n',
    });
  });

  test('sends nothing of what only editors read', async () => {
    const { request } = await readRequestFile(file('s.yaml', `$schema: request.schema.json\n${yaml}`));
    assert.deepEqual(Object.keys(request), ['cluster', 'record', 'requestedBy', 'blue', 'green']);
  });

  test('refuses a template above the 51,200 bytes that CloudFormation takes inline, and says what to do', async () => {
    file('long.yaml', `# ${'x'.repeat(51_200)}\n`);
    await refusal(
      file('c.yaml', `${yaml}  templateFile: long.yaml\n`),
      /green\.templateBody: .*51,200 bytes.*green\.template\b/,
    );
  });

  test('lists every problem of the request before anything is sent', async () => {
    await refusal(
      file('d.yaml', 'cluster: Orders\nrecrd: x\n'),
      /cluster: .*\n(.*\n)*.*recrd: is not a known field\. Did you mean record\?/,
    );
  });

  test('says where a wildcard stands without quotes, which YAML takes for an alias', async () => {
    for (const match of ['*-audit', '*', '*.audit'])
      await refusal(
        file('w.yaml', `${yaml}topics:\n  - match: ${match}\n    disposition: drain\n`),
        /w\.yaml is neither YAML nor JSON:\n.*line 8.*put it in quotes: match: '\*-audit'/s,
      );
    await refusal(
      file('m.yaml', `a: &a [x]\n${Array.from({ length: 200 }, (_, at) => `k${at}: *a\n`).join('')}`),
      /m\.yaml cannot (be read as YAML|be used)/,
    );
  });

  test('asks for quotes around a version that YAML takes for a number', () =>
    refusal(
      file('v.yaml', `${yaml}  parameters: {KafkaVersion: 4.10}\n`),
      /green\.parameters\.KafkaVersion: must be a string, not the number 4\.1\. Put the value in quotes/,
    ));

  test('says where a file is no YAML, and which file cannot be read', async () => {
    await refusal(file('e.yaml', 'cluster: [orders\n'), /e\.yaml is neither YAML nor JSON:\n.*line 2/s);
    await refusal(join(folder, 'missing.yaml'), /cannot be read from .*missing\.yaml \(ENOENT\)/);
    await refusal(file('f.yaml', `${yaml}  templateFile: missing.template\n`), /green\.templateFile cannot be read/);
  });
});
